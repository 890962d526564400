import { ApiError } from '../api/client';

/** Something that is being loaded, is here, or failed to come. */
export type Loaded<Value> =
  { status: 'loading' } | { status: 'ready'; value: Value } | { status: 'failed'; error: ApiError };

/** Loads one thing, and loads it again on demand; an answer that has been overtaken is ignored. */
export class Resource<Value> {
  state: Loaded<Value> = $state.raw({ status: 'loading' });
  #current: AbortController | null = null;

  constructor(private readonly fetchValue: (signal: AbortSignal) => Promise<Value>) {}

  async load(): Promise<void> {
    this.abort();
    const current = new AbortController();
    this.#current = current;
    this.state = { status: 'loading' };
    try {
      const value = await this.fetchValue(current.signal);
      if (!current.signal.aborted) this.state = { status: 'ready', value };
    } catch (error) {
      if (current.signal.aborted) return;
      this.state = {
        status: 'failed',
        error: error instanceof ApiError ? error : new ApiError(0, 'unexpected_answer'),
      };
    }
  }

  abort(): void {
    this.#current?.abort();
  }
}
