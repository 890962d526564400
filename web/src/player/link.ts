/** A signed address and the time, in milliseconds since the epoch, after which it opens nothing. */
export interface Link {
  url: string;
  expiresAt: number;
}

/** How long before its end a link is replaced. */
const LEAD_MS = 60_000;
/** The server may hand out the same link again; asking it continuously would not change that. */
const SHORTEST_DELAY_MS = 5_000;
/** How many new links are tried in a row before the viewer is told. */
const ATTEMPTS = 3;

/**
 * Keeps a playable link at hand.
 *
 * A running download goes on after its link has expired; only the next request is refused. So a new link is fetched
 * shortly before the end but put into the player only where it is needed and hides best: at the next seek or start, or
 * when loading fails.
 */
export class LinkKeeper {
  #link: Link;
  #renewing: Promise<Link> | null = null;
  #attempts = 0;

  /** `renew` fetches a new link. `now` gives milliseconds since the epoch. */
  constructor(
    link: Link,
    private readonly renew: () => Promise<Link>,
    private readonly now: () => number,
  ) {
    this.#link = link;
  }

  get current(): Link {
    return this.#link;
  }

  /** Returns how long to wait before renewing, or null when the link's end lies behind us by our own clock. */
  get renewalDelay(): number | null {
    // A clock that runs ahead makes every link look expired: then only failures say when to renew.
    const lifetime = this.#link.expiresAt - this.now();
    if (lifetime <= 0) return null;
    return Math.max(SHORTEST_DELAY_MS, lifetime - Math.min(LEAD_MS, lifetime / 4));
  }

  /** Says whether a request with this link might be refused. */
  isEnding(link: Link): boolean {
    return link.expiresAt - this.now() < LEAD_MS / 4;
  }

  /** Fetches a new link; calls made meanwhile share the answer. */
  renewed(): Promise<Link> {
    this.#renewing ??= this.renew()
      .then((link) => (this.#link = link))
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** Says whether one more try is worth it, and counts it. */
  mayRetry(): boolean {
    this.#attempts += 1;
    return this.#attempts <= ATTEMPTS;
  }

  /** Forgets earlier failures: the video is playing, or the viewer asked to try again. */
  forgive(): void {
    this.#attempts = 0;
  }
}
