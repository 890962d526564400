import type { KeyValueStore } from '../browser-storage';

interface Remembered {
  rate: number;
  volume: number;
  muted: boolean;
  autoplay: boolean;
  shortcuts: boolean;
}

const KEY = 'stoa:player';
const AT_FIRST: Remembered = { rate: 1, volume: 1, muted: false, autoplay: true, shortcuts: true };

/** What a viewer expects the player to remember on this device. Positions live on the server. */
export class Preferences {
  #values: Remembered = $state(AT_FIRST);

  constructor(private readonly store: KeyValueStore) {
    this.#values = { ...AT_FIRST, ...read(store) };
  }

  get rate() {
    return this.#values.rate;
  }
  get volume() {
    return this.#values.volume;
  }
  get muted() {
    return this.#values.muted;
  }
  get autoplay() {
    return this.#values.autoplay;
  }
  get shortcuts() {
    return this.#values.shortcuts;
  }

  remember(changes: Partial<Remembered>): void {
    Object.assign(this.#values, changes);
    try {
      this.store.setItem(KEY, JSON.stringify(this.#values));
    } catch {
      // A full or forbidden store only means that the next visit starts with the defaults.
    }
  }
}

/** Takes only what has the right type: the store is the viewer's, and an older version may have written it. */
function read(store: KeyValueStore): Partial<Remembered> {
  try {
    const stored: unknown = JSON.parse(store.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    const known = Object.entries(stored).filter(
      ([name, value]) => typeof value === typeof AT_FIRST[name as keyof Remembered],
    );
    return Object.fromEntries(known) as Partial<Remembered>;
  } catch {
    return {};
  }
}
