// The main job, on both databases: a paid order becomes a playing video, and a refund takes it away.
import { ask, courseTitles, openCourse, videosOf } from './api';
import { ENGINES } from './demo';
import { bigPlay, clickSeekBar, expectNear, expectPlaying, readVideo } from './player';
import { APRON, buy, newBuyer, openMyCourses, orderCard, WATERCOLOUR, webhooksAbout } from './shop';
import { expect, test } from './test';

/** How long a purchase or a refund may take to show. */
const SOON_MS = 5_000;

for (const engine of ENGINES) {
  test.describe(`on ${engine}`, () => {
    test.use({ engine, refusals: [404] });

    test('a paid order becomes a playing video, and a refund takes it away', async ({
      page,
      demo,
    }) => {
      const { context, email } = { context: page.context(), email: newBuyer() };
      const isListed = async () => (await courseTitles(context, demo)).includes(WATERCOLOUR);

      // Somebody who has bought no course has an empty shelf.
      const apron = await buy(page, demo, APRON, email);
      await openMyCourses(page, apron.order);
      await expect(page.getByRole('heading', { name: 'No courses yet' })).toBeVisible();

      // From the click to the shelf.
      const { order, pressedAt } = await buy(page, demo, WATERCOLOUR, email);
      await expect.poll(isListed, { intervals: [50] }).toBe(true);
      expect(Date.now() - pressedAt, 'listed soon after the click').toBeLessThan(SOON_MS);

      const webhook = webhooksAbout(page, order).first();
      await expect(webhook).toContainText(`${demo.url}/webhooks/demo`);
      await expect(webhook).toContainText('v1,');
      await expect(webhook).toContainText('204 No Content');

      await openMyCourses(page, order);
      const card = page.getByRole('listitem').filter({ hasText: WATERCOLOUR }).first();
      await expect(card).toContainText('0 of 8 lessons');
      await page.getByRole('link', { name: WATERCOLOUR }).click();

      // Play, and go on from the middle.
      await bigPlay(page).click();
      await expectPlaying(page);
      const { duration } = await readVideo(page);
      expect(duration).toBeGreaterThan(60);
      await page.locator('video').hover();
      await clickSeekBar(page, 0.5);
      await expectNear(page, duration / 2);
      await expectPlaying(page);

      // Come back to where it was left.
      const left = (await readVideo(page)).time;
      await page.reload();
      await page.getByRole('button', { name: /^Resume at 0:/ }).click();
      await expectPlaying(page);
      await expectNear(page, left, 5);

      // Completed here is completed there.
      await page.getByRole('button', { name: 'Mark as complete' }).click();
      await expect(page.getByRole('button', { name: 'Completed' })).toHaveAttribute(
        'aria-pressed',
        'true',
      );
      const course = await openCourse(page, demo);
      await page.getByRole('link', { name: 'My Courses' }).first().click();
      await expect(card).toContainText('1 of 8 lessons');
      await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '13');

      // The refund.
      const shop = await context.newPage();
      await shop.goto(`${demo.url}/shop`);
      const refundedAt = Date.now();
      await orderCard(shop, order).getByRole('button', { name: 'Refund' }).click();
      await expect.poll(isListed, { intervals: [50] }).toBe(false);
      expect(Date.now() - refundedAt, 'gone soon after the click').toBeLessThan(SOON_MS);
      await expect(orderCard(shop, order)).toContainText('Refunded');
      await page.reload();
      await expect(page.getByRole('heading', { name: 'No courses yet' })).toBeVisible();

      // Nothing of it opens any more, and no answer tells more than that of something that never was.
      const [video] = videosOf(course);
      const [file] = course.files;
      const unknown = await refusal(
        ask(context, demo, '/api/courses/crs_00000000000000000000000000'),
      );
      expect(unknown).toMatchObject({ status: 404, code: 'not_found' });
      expect(await refusal(ask(context, demo, `/api/courses/${course.id}`))).toEqual(unknown);
      expect(await refusal(ask(context, demo, `/api/videos/${video?.id}/playback`))).toEqual(
        unknown,
      );
      const report = { position_seconds: 5, client_time: new Date().toISOString() };
      const progress = context.request.put(`${demo.url}/api/videos/${video?.id}/progress`, {
        data: report,
      });
      expect(await refusal(progress)).toEqual(unknown);
      const link = context.request.post(`${demo.url}/api/downloads/${file?.id}/link`, { data: {} });
      expect(await refusal(link)).toEqual(unknown);
      await page.goto(`${demo.url}/courses/${course.id}`);
      await expect(
        page.getByRole('heading', { name: 'This course is not in your library' }),
      ).toBeVisible();
    });
  });
}

/** Reads a refusal without the id that each request has of its own. */
async function refusal(asked: ReturnType<typeof ask>) {
  const answer = await asked;
  expect(answer.headers()['content-type']).toBe('application/problem+json');
  const { request_id: _, ...problem } = (await answer.json()) as Record<string, unknown>;
  return problem;
}
