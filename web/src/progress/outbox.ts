import { ApiError } from '../api/client';
import type { ProgressReport } from '../api/types';
import type { KeyValueStore } from '../browser-storage';

/** What a learner did, before it has a time. */
export type ProgressChange = Omit<ProgressReport, 'client_time'>;

export interface OutboxOptions {
  send: (
    videoId: string,
    report: ProgressReport,
    options: { outlivesPage: boolean },
  ) => Promise<unknown>;
  store: KeyValueStore;
  now: () => Date;
}

const PREFIX = 'stoa:progress';

/**
 * Keeps what was watched until the server has it: one report a video, the newest, in the browser's storage.
 *
 * Reports are kept per customer, so that nobody's position is ever sent under another account on a shared computer.
 */
export class ProgressOutbox {
  #waiting = new Map<string, ProgressReport>();
  #sending: Promise<void> | null = null;
  #customerId: string | null = null;
  #refusals = new WeakMap<ProgressReport, ApiError>();

  constructor(private readonly options: OutboxOptions) {}

  /** Names the owner of what is recorded from now on, and takes up what an earlier visit could not send. */
  belongTo(customerId: string): Promise<void> {
    this.#customerId = customerId;
    for (const [videoId, stored] of this.#stored(customerId)) {
      const newer = this.#waiting.get(videoId);
      this.#waiting.set(videoId, newer ? merge(stored, newer) : stored);
    }
    for (const videoId of this.#waiting.keys()) this.#keep(videoId);
    return this.flush();
  }

  /** Returns why the server refused it for good, when it did. */
  async record(
    videoId: string,
    change: ProgressChange,
    options: { outlivesPage?: boolean } = {},
  ): Promise<ApiError | null> {
    const news = { ...change, client_time: this.options.now().toISOString() };
    const earlier = this.#waiting.get(videoId);
    const report = earlier ? merge(earlier, news) : news;
    this.#waiting.set(videoId, report);
    this.#keep(videoId);
    // A page that is going away cannot wait its turn behind a request that may never be answered.
    await (options.outlivesPage ? this.#sendAll(true) : this.flush());
    return this.#refusals.get(report) ?? null;
  }

  /** Returns what is known here and not yet there. */
  waiting(videoId: string): ProgressReport | undefined {
    return this.#waiting.get(videoId);
  }

  /** Sends what waits. What fails for a passing reason stays; what the server refuses for good is dropped. */
  flush(): Promise<void> {
    this.#sending ??= this.#sendAll(false).finally(() => (this.#sending = null));
    return this.#sending;
  }

  async #sendAll(outlivesPage: boolean): Promise<void> {
    const sent = new Map<string, ProgressReport>();
    for (;;) {
      // Also what was recorded while an earlier one was on its way, but nothing twice.
      const next = [...this.#waiting].find(([videoId, report]) => sent.get(videoId) !== report);
      if (!next) return;
      const [videoId, report] = next;
      sent.set(videoId, report);
      const delivery = this.#deliver(videoId, report, outlivesPage);
      if (outlivesPage) void delivery;
      else if (!(await delivery)) return;
    }
  }

  /** Returns false when there is no point in sending the next one now. */
  async #deliver(videoId: string, report: ProgressReport, outlivesPage: boolean): Promise<boolean> {
    try {
      await this.options.send(videoId, report, { outlivesPage });
    } catch (error) {
      const isForLater = !(error instanceof ApiError) || error.isPassing || error.isSignedOut;
      if (isForLater) return false;
      this.#refusals.set(report, error);
    }
    if (this.#waiting.get(videoId) === report) this.#forget(videoId);
    return true;
  }

  #keep(videoId: string): void {
    if (!this.#customerId) return;
    try {
      const report = JSON.stringify(this.#waiting.get(videoId));
      this.options.store.setItem(key(this.#customerId, videoId), report);
    } catch {
      // Storage full: the report still waits in memory.
    }
  }

  #forget(videoId: string): void {
    this.#waiting.delete(videoId);
    if (this.#customerId) this.options.store.removeItem(key(this.#customerId, videoId));
  }

  #stored(customerId: string): [string, ProgressReport][] {
    const { store } = this.options;
    const prefix = key(customerId, '');
    const keys = Array.from({ length: store.length }, (_, index) => store.key(index));
    return keys
      .filter((name) => name !== null)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => {
        const report = parse(store.getItem(name));
        return report ? [[name.slice(prefix.length), report] as [string, ProgressReport]] : [];
      });
  }
}

function key(customerId: string, videoId: string): string {
  return `${PREFIX}:${customerId}:${videoId}`;
}

/** The newer position counts; what was said about completion and starting over still has to be said. */
function merge(earlier: ProgressReport, later: ProgressReport): ProgressReport {
  const completed = later.completed ?? earlier.completed;
  const startOver = later.start_over ?? earlier.start_over;
  return {
    position_seconds: later.position_seconds,
    client_time: later.client_time,
    ...(completed === undefined ? {} : { completed }),
    ...(startOver === undefined ? {} : { start_over: startOver }),
    ...(later.is_playing === undefined ? {} : { is_playing: later.is_playing }),
  };
}

function parse(stored: string | null): ProgressReport | null {
  try {
    const report = JSON.parse(stored ?? 'null') as ProgressReport | null;
    const isReport =
      typeof report?.position_seconds === 'number' && typeof report.client_time === 'string';
    // What an earlier visit left does not play now.
    return isReport ? { ...report, is_playing: false } : null;
  } catch {
    return null;
  }
}
