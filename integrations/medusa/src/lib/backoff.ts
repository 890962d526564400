const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Waits after a failed try: about four days in all. After the last the delivery has failed, and waits for a person. */
const WAITS = [
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  20 * MINUTE,
  40 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  ...Array.from({ length: 11 }, () => 8 * HOUR),
]

/**
 * Returns when to try again after so many tries, `undefined` when that is enough. A few seconds differ by `luck` (0 to 1),
 * so that what failed together does not come back together. Stoa may ask for a longer wait.
 */
export function nextTry(tries: number, at: Date, luck: number, asked = 0): Date | undefined {
  const wait = WAITS[tries - 1]
  if (wait === undefined) {
    return undefined
  }
  const longer = Math.max(wait * (1 + luck / 10), Math.min(asked, 8 * HOUR))
  return new Date(at.getTime() + longer)
}
