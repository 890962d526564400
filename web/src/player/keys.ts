/** What a key asks of the player. */
export type Command =
  | { do: 'toggle' | 'mute' | 'fullScreen' | 'pictureInPicture' | 'next' | 'help' }
  | { do: 'skip'; seconds: number }
  | { do: 'volume'; change: number }
  | { do: 'speed'; step: 1 | -1 }
  | { do: 'jump'; share: number };

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

const COMMANDS: Record<string, Command> = {
  ' ': { do: 'toggle' },
  k: { do: 'toggle' },
  ArrowLeft: { do: 'skip', seconds: -5 },
  ArrowRight: { do: 'skip', seconds: 5 },
  j: { do: 'skip', seconds: -10 },
  l: { do: 'skip', seconds: 10 },
  ArrowUp: { do: 'volume', change: 0.1 },
  ArrowDown: { do: 'volume', change: -0.1 },
  m: { do: 'mute' },
  f: { do: 'fullScreen' },
  i: { do: 'pictureInPicture' },
  '>': { do: 'speed', step: 1 },
  '<': { do: 'speed', step: -1 },
  Home: { do: 'jump', share: 0 },
  End: { do: 'jump', share: 1 },
  N: { do: 'next' },
  '?': { do: 'help' },
};

/** Returns what a key means while `target` has the focus, or null when the key is not ours to take. */
export function commandFor(key: Key, target: Element | null): Command | null {
  if (key.ctrlKey || key.metaKey || key.altKey) return null;
  if (target && usesItself(key.key, target)) return null;
  if (/^[0-9]$/.test(key.key)) return { do: 'jump', share: Number(key.key) / 10 };
  return (
    COMMANDS[key.key] ?? COMMANDS[key.key.length === 1 ? lowerUnlessNext(key.key) : ''] ?? null
  );
}

/** Caps Lock must not switch the letters off, but N alone is too easily hit to leave the lesson. */
function lowerUnlessNext(key: string): string {
  return key === 'n' ? '' : key.toLowerCase();
}

/** Says whether the focused element has its own use for the key: text fields all, buttons and sliders some. */
function usesItself(key: string, target: Element): boolean {
  if (target instanceof HTMLInputElement) {
    if (target.type === 'range' || target.type === 'radio')
      return /^(Arrow|Home|End|Page)/.test(key);
    if (target.type === 'checkbox') return key === ' ';
    return true;
  }
  if (target.closest('textarea, select, [contenteditable], [role=tablist]')) return true;
  return (key === ' ' || key === 'Enter') && target.closest('button, a, summary') !== null;
}
