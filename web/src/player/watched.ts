/** A lesson counts as watched from this share on: most end in credits or a farewell. */
const ENOUGH = 0.9;
/** A larger step between two ticks is a seek, not watching: a browser reports several times a second. */
const LARGEST_STEP = 5;

/** Which seconds of one video have been watched. */
export class Watched {
  #seconds = new Set<number>();
  #last: number | null = null;

  /** `before` is where an earlier visit stopped: what lies before it counts as watched then. */
  constructor(before = 0) {
    for (let second = 0; second < Math.floor(before); second += 1) this.#seconds.add(second);
  }

  /** Notes that the picture stands at `time` while playing. */
  tick(time: number): void {
    const from = this.#last ?? time;
    const isStep = time >= from && time - from <= LARGEST_STEP;
    for (let second = isStep ? Math.floor(from) : Math.floor(time); second <= time; second += 1) {
      this.#seconds.add(second);
    }
    this.#last = time;
  }

  /** Notes a jump or a stop: what comes next does not continue what was before. */
  lift(): void {
    this.#last = null;
  }

  isEnough(duration: number): boolean {
    return duration > 0 && this.#seconds.size >= Math.floor(duration) * ENOUGH;
  }
}
