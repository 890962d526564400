/** One picks up the thread more easily a little earlier. */
const STEP_BACK = 3;
const TOO_EARLY = 5;
const TOO_LATE = 10;

/** Returns where to start a video that was left at `position`, in seconds: 0 when it was hardly begun or all but over. */
export function resumePoint(position: number, duration: number): number {
  if (position < TOO_EARLY) return 0;
  if (duration > 0 && position > duration - TOO_LATE) return 0;
  return position - STEP_BACK;
}
