/** The fewest and the most characters of a password, as the server counts them. */
export const SHORTEST = 12;
export const LONGEST = 128;

/** Counts characters as the server does: an emoji of one code point is one. */
export function lengthOf(password: string): number {
  return [...password].length;
}

export function isLongEnough(password: string): boolean {
  return lengthOf(password) >= SHORTEST && lengthOf(password) <= LONGEST;
}

/** Returns a code as the server wants it: apps show it in two groups. */
export function appCode(typed: string): string {
  return typed.replace(/\s/g, '');
}
