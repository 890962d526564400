import { ApiError } from '../api/client';
import type { Page } from '../api/types';
import { Resource } from './resource.svelte';

/** A list that arrives page by page. */
export class PagedList<Item> {
  readonly first: Resource<Page<Item>>;
  #rest: Item[] = $state.raw([]);
  #next: string | null | undefined = $state.raw(undefined);
  isLoadingMore = $state(false);
  moreFailed = $state(false);

  readonly items: Item[] = $derived.by(() => {
    const state = this.first.state;
    return state.status === 'ready' ? [...state.value.items, ...this.#rest] : [];
  });
  readonly next: string | null = $derived.by(() => {
    const state = this.first.state;
    if (state.status !== 'ready') return null;
    return this.#next === undefined ? state.value.next : this.#next;
  });

  constructor(
    private readonly fetchPage: (
      cursor: string | null,
      signal?: AbortSignal,
    ) => Promise<Page<Item>>,
  ) {
    this.first = new Resource((signal) => this.fetchPage(null, signal));
  }

  load(): Promise<void> {
    this.#rest = [];
    this.#next = undefined;
    return this.first.load();
  }

  async loadMore(): Promise<void> {
    if (!this.next || this.isLoadingMore) return;
    this.isLoadingMore = true;
    this.moreFailed = false;
    try {
      const page = await this.fetchPage(this.next);
      this.#rest = [...this.#rest, ...page.items];
      this.#next = page.next;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.moreFailed = true;
    } finally {
      this.isLoadingMore = false;
    }
  }
}
