// The same journey with a finger on a phone.
import { clickSeekBar, expectNear, expectPlaying, readVideo } from './player';
import { buyAndOpen, WATERCOLOUR } from './shop';
import { expect, test } from './test';

test('a finger plays, seeks, skips and sets the speed', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  const picture = page.locator('video');
  const bar = page.locator('[data-part=bar]');
  await page.getByRole('button', { name: 'Play', exact: true }).first().tap();
  await expectPlaying(page);

  // The controls go by themselves, and a tap brings them back without stopping the picture.
  await expect(bar).toHaveCSS('opacity', '0');
  await picture.tap();
  await expect(bar).toHaveCSS('opacity', '1');
  expect((await readVideo(page)).isPaused).toBe(false);

  const { duration } = await readVideo(page);
  await clickSeekBar(page, 0.5, 'tap');
  await expectNear(page, duration / 2);
  await expectPlaying(page);

  const box = await picture.boundingBox();
  const right = { x: (box?.width ?? 0) * 0.85, y: (box?.height ?? 0) * 0.4 };
  const before = (await readVideo(page)).time;
  await picture.tap({ position: right });
  await picture.tap({ position: right });
  await expect.poll(async () => (await readVideo(page)).time).toBeGreaterThan(before + 9.5);

  await picture.tap();
  await page.getByRole('button', { name: 'Settings' }).tap();
  const sheet = page.getByRole('dialog', { name: 'Settings' });
  await sheet.getByRole('radio', { name: '1.25×' }).tap();
  await sheet.getByRole('button', { name: 'Close' }).tap();
  await expect(sheet).toBeHidden();
  expect((await readVideo(page)).rate).toBe(1.25);
  await expectPlaying(page);

  // Scrolled down to the outline, the picture stays in sight.
  await page.getByRole('link', { name: /^Brushes, paper, water/ }).scrollIntoViewIfNeeded();
  await expect(picture).toBeInViewport({ ratio: 0.9 });
});
