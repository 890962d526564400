/** The part of `Storage` that we use. */
export type KeyValueStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Returns localStorage, or a store that forgets where the browser forbids it (private windows, blocked site data). */
export function browserStorage(): KeyValueStore {
  try {
    localStorage.setItem('stoa:probe', '1');
    localStorage.removeItem('stoa:probe');
    return localStorage;
  } catch {
    return forgetfulStorage();
  }
}

/** Returns a store that lives as long as the page. */
export function forgetfulStorage(): KeyValueStore {
  const entries = new Map<string, string>();
  return {
    get length() {
      return entries.size;
    },
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
    key: (index) => [...entries.keys()][index] ?? null,
  };
}
