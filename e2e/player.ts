// What a viewer sees and does in the player.
import type { Locator, Page } from '@playwright/test';
import { expect } from './test';

export interface Standing {
  time: number;
  duration: number;
  isPaused: boolean;
  rate: number;
  volume: number;
  isMuted: boolean;
}

/** Reads the <video> itself, not what the controls say about it. */
export function readVideo(page: Page): Promise<Standing> {
  return page.locator('video').evaluate((video: HTMLVideoElement) => ({
    time: video.currentTime,
    duration: video.duration,
    isPaused: video.paused,
    rate: video.playbackRate,
    volume: video.volume,
    isMuted: video.muted,
  }));
}

/** Waits until the picture moves on from where it stands now. */
export async function expectPlaying(page: Page): Promise<void> {
  const from = (await readVideo(page)).time;
  await expect
    .poll(async () => (await readVideo(page)).time, 'the picture moves')
    .toBeGreaterThan(from + 0.5);
}

/** Waits until the picture stands or plays close to `seconds`. */
export async function expectNear(page: Page, seconds: number, tolerance = 2.5): Promise<void> {
  await expect
    .poll(async () => Math.abs((await readVideo(page)).time - seconds), `near ${seconds} s`)
    .toBeLessThan(tolerance);
}

/** The large button in the middle of the picture; it comes before the control bar. */
export function bigPlay(page: Page): Locator {
  return page.getByRole('button', { name: /^(Play$|Resume at)/ }).first();
}

/** Presses on the seek bar at a share of its length; the control bar must be there. */
export async function clickSeekBar(
  page: Page,
  share: number,
  by: 'click' | 'tap' = 'click',
): Promise<void> {
  const bar = page.getByRole('slider', { name: 'Seek' });
  const box = await bar.boundingBox();
  if (!box) throw new Error('there is no seek bar');
  await bar[by]({ position: { x: box.width * share, y: box.height / 2 } });
}
