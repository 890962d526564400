// Every page: right for assistive technology, without a word in the console, and no wider than its screen.
import { readFileSync } from 'node:fs';
import { APRON, buy, buyAndOpen, newBuyer, openMyCourses, orderCard, WATERCOLOUR } from './shop';
import { expectSound } from './sound';
import { expect, test } from './test';

test('the shop, empty and with an order', async ({ page, demo }) => {
  await page.goto(`${demo.url}/shop`);
  await expectSound(page);
  const { order } = await buy(page, demo, WATERCOLOUR, newBuyer());
  await expectSound(page);
  await orderCard(page, order).getByRole('link', { name: 'Access, and why' }).click();
  await expect(page.getByRole('heading', { name: 'Who may open what, and why' })).toBeVisible();
  await expectSound(page);
  await page.goto(`${demo.url}/shop/orders/${order}/refund`);
  await expect(page.getByText(/^She would lose Watercolour/)).toBeVisible();
  await expectSound(page);
});

test('sign-in, and an empty library', async ({ page, demo }) => {
  const { order } = await buy(page, demo, APRON, newBuyer());
  await orderCard(page, order).getByRole('button', { name: 'Open My Courses' }).click();
  const enter = page.getByRole('button', { name: 'Continue to My Courses' });
  await expect(enter).toBeVisible();
  await expectSound(page);
  await enter.click();
  await expect(page.getByRole('heading', { name: 'No courses yet' })).toBeVisible();
  await expectSound(page);
});

test('the library and a course', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  await expectSound(page);
  await page.getByRole('tab', { name: /^Downloads/ }).click();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await expectSound(page);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'My Courses' }).first().click();
  await expect(page.getByRole('heading', { name: 'Downloads' })).toBeVisible();
  await expect(page.getByRole('link', { name: WATERCOLOUR })).toBeVisible();
  await expectSound(page);
});

test('a file arrives under its name', async ({ page, demo }) => {
  const { order } = await buy(page, demo, WATERCOLOUR, newBuyer());
  await openMyCourses(page, order);
  const arriving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download Palette card' }).click();
  const download = await arriving;
  expect(download.suggestedFilename()).toBe('Palette card.pdf');
  expect(
    readFileSync(await download.path())
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-');
});

test('the description of the API', async ({ page, demo }) => {
  await page.goto(`${demo.url}/docs`);
  await expect(page.getByRole('heading', { name: 'Stoa API' })).toBeVisible();
  await expectSound(page);
});

test.describe('where there is nothing to see', () => {
  test.use({ refusals: [400, 401, 404] });

  test('not signed in, and links that are no longer good', async ({ page, demo }) => {
    await page.goto(demo.url);
    await expect(page.getByRole('heading', { name: 'Please sign in' })).toBeVisible();
    await expectSound(page);
    await page.goto(`${demo.url}/sign-in`);
    await expect(page.getByRole('heading', { name: 'Please sign in' })).toBeVisible();
    await expectSound(page);
    await page.goto(`${demo.url}/sign-in?again#token=${'x'.repeat(43)}`);
    await page.getByRole('button', { name: 'Continue to My Courses' }).click();
    await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
    await expectSound(page);
  });

  test('no such page, and no such course', async ({ page, demo }) => {
    const { order } = await buy(page, demo, APRON, newBuyer());
    await openMyCourses(page, order);
    const answer = await page.goto(`${demo.url}/nowhere`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
    await expectSound(page);
    await page.goto(`${demo.url}/courses/crs_00000000000000000000000000`);
    const missing = page.getByRole('heading', { name: 'This course is not in your library' });
    await expect(missing).toBeVisible();
    await expectSound(page);
  });
});
