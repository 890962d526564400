// What was bought, watched and signed in outlives the process.
import { openCourse, videosOf } from './api';
import { startDemo, stopDemo } from './demo';
import { bigPlay, clickSeekBar, expectNear, expectPlaying, readVideo } from './player';
import { buyAndOpen, orderCard, WATERCOLOUR, webhooksAbout } from './shop';
import { expect, test } from './test';

const QUICK_MS = 10_000;

test('a second start is quick and goes on with the same data', async ({ page, demo }) => {
  const order = await buyAndOpen(page, demo, WATERCOLOUR);
  await bigPlay(page).click();
  await clickSeekBar(page, 0.5);
  await expectPlaying(page);
  await page.getByRole('button', { name: 'Mark as complete' }).click();
  await page.keyboard.press('k');
  const left = (await readVideo(page)).time;
  const before = await openCourse(page, demo);

  await page.goto('about:blank');
  await stopDemo(demo);
  expect(await startDemo(demo, QUICK_MS)).toBeLessThan(QUICK_MS);

  await page.goto(`${demo.url}/shop`);
  await expect(orderCard(page, order)).toContainText('Paid');
  await expect(webhooksAbout(page, order)).toHaveCount(1);

  // Still signed in.
  await page.goto(demo.url);
  await expect(page.getByRole('listitem').filter({ hasText: WATERCOLOUR }).first()).toContainText(
    '1 of 8 lessons',
  );
  await page.goto(`${demo.url}/courses/${before.id}?lesson=${videosOf(before)[0]?.id}`);
  await expect(page.getByRole('button', { name: 'Completed' })).toBeVisible();
  await page.getByRole('button', { name: /^Resume at/ }).click();
  await expectPlaying(page);
  await expectNear(page, left, 5);
});
