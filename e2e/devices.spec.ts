// A customer on three devices: two play, the third is told what to do, and plays once one of the others stands still.
import type { Browser, Page } from '@playwright/test';
import type { Demo } from './demo';
import { bigPlay, expectPlaying, readVideo } from './player';
import { buy, newBuyer, openMyCourses, orderCard, WATERCOLOUR } from './shop';
import { expect, test } from './test';

test.use({ refusals: [409] });

/** Opens the course of an order in a browser of its own. */
async function deviceOf(browser: Browser, demo: Demo, order: string, locale: string) {
  const context = await browser.newContext({ locale });
  const page = await context.newPage();
  await page.goto(`${demo.url}/shop`);
  await expect(orderCard(page, order)).toBeVisible();
  await openMyCourses(page, order);
  await page.getByRole('link', { name: WATERCOLOUR }).click();
  await bigPlay(page).click();
  return page;
}

const isPaused = async (page: Page) => (await readVideo(page)).isPaused;

for (const engine of ['sqlite', 'postgres'] as const) {
  test.describe(engine, () => {
    test.use({ engine });

    test('a third device is told that two play, and plays once one of them stands still', async ({
      page,
      browser,
      demo,
    }) => {
      const { order } = await buy(page, demo, WATERCOLOUR, newBuyer());
      const one = await deviceOf(browser, demo, order, 'en');
      await expectPlaying(one);
      const two = await deviceOf(browser, demo, order, 'en');
      await expectPlaying(two);

      const three = await deviceOf(browser, demo, order, 'de-AT');
      const told = three.getByRole('alert');
      await expect(told).toContainText('Sie sehen bereits auf 2 anderen Geräten zu');
      await expect(told.getByRole('listitem')).toHaveCount(2);
      await expect(told.getByRole('link', { name: 'Wo Sie angemeldet sind' })).toHaveAttribute(
        'href',
        '/account',
      );
      expect(await isPaused(three)).toBe(true);
      await expect(three.getByRole('heading', { name: 'What you need' })).toBeVisible();
      await expectPlaying(one);

      await told.getByRole('button', { name: 'Noch einmal versuchen' }).click();
      await expect(told, 'nothing has changed').toContainText('Sie sehen bereits');

      const saved = one.waitForResponse((response) => response.url().endsWith('/progress'));
      await one.locator('video').evaluate((video: HTMLVideoElement) => video.pause());
      await saved;
      await told.getByRole('button', { name: 'Noch einmal versuchen' }).click();
      await expect(told).toBeHidden();
      await expectPlaying(three);

      // Its place was taken over.
      await one.locator('video').evaluate((video: HTMLVideoElement) => video.play());
      await expect(one.getByRole('alert')).toContainText(
        'You are already watching on 2 other devices',
      );
      expect(await isPaused(one)).toBe(true);
      for (const device of [one, two, three]) await device.context().close();
    });
  });
}
