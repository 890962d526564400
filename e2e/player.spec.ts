// The player as its viewers use it: by keyboard, across visits, over refused links and lost connections.
import { ask, openCourse, videosOf, type Course } from './api';
import { bigPlay, clickSeekBar, expectNear, expectPlaying, readVideo } from './player';
import { buyAndOpen, WATERCOLOUR } from './shop';
import { expect, test } from './test';

test('the keyboard alone does everything', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  const keys = page.keyboard;
  const isPaused = async () => (await readVideo(page)).isPaused;

  await keys.press('Space');
  await expectPlaying(page);
  await keys.press('k');
  await expect.poll(isPaused).toBe(true);

  const { time: start, duration } = await readVideo(page);
  for (const [key, change] of [
    ['l', 10],
    ['ArrowRight', 15],
    ['j', 5],
    ['ArrowLeft', 0],
  ] as const) {
    await keys.press(key);
    await expectNear(page, start + change, 0.3);
  }
  await keys.press('5');
  await expectNear(page, duration * 0.5, 0.3);
  await keys.press('9');
  await expectNear(page, duration * 0.9, 0.3);
  await keys.press('0');
  await expectNear(page, 0, 0.3);

  await keys.press('m');
  await expect.poll(async () => (await readVideo(page)).isMuted).toBe(true);
  await keys.press('m');
  await expect.poll(async () => (await readVideo(page)).isMuted).toBe(false);
  await keys.press('ArrowDown');
  await keys.press('ArrowDown');
  await expect.poll(async () => (await readVideo(page)).volume).toBeCloseTo(0.8);
  await keys.press('ArrowUp');
  await expect.poll(async () => (await readVideo(page)).volume).toBeCloseTo(0.9);

  await keys.press('>');
  await keys.press('>');
  await expect.poll(async () => (await readVideo(page)).rate).toBe(1.5);
  await keys.press('<');
  await expect.poll(async () => (await readVideo(page)).rate).toBe(1.25);

  const isFull = () => page.evaluate(() => document.fullscreenElement?.tagName ?? null);
  await keys.press('f');
  await expect.poll(isFull).toBe('SECTION');
  await keys.press('f');
  await expect.poll(isFull).toBeNull();

  await keys.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list).toBeVisible();
  await keys.press('Escape');
  await expect(list).toBeHidden();

  // Every control can be reached, too.
  await page.getByRole('slider', { name: 'Seek' }).focus();
  await keys.press('ArrowRight');
  await expectNear(page, 5, 0.3);
  await keys.press('Tab');
  await expect(page.getByRole('button', { name: 'Play', exact: true }).last()).toBeFocused();
  await keys.press('Enter');
  await expectPlaying(page);

  await keys.press('Shift+N');
  await expect(
    page.getByRole('heading', { level: 1, name: 'Brushes, paper, water' }),
  ).toBeVisible();
  await expectPlaying(page);
});

test('speed and volume are remembered', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: '1.5×' }).click();
  await page.keyboard.press('Escape');
  const volume = page.getByRole('slider', { name: 'Volume' });
  const box = await volume.boundingBox();
  await volume.click({ position: { x: (box?.width ?? 0) * 0.4, y: (box?.height ?? 0) / 2 } });
  const chosen = (await readVideo(page)).volume;
  expect(chosen).toBeGreaterThan(0.2);
  expect(chosen).toBeLessThan(0.6);

  await page.reload();
  await bigPlay(page).click();
  await expectPlaying(page);
  expect(await readVideo(page)).toMatchObject({ rate: 1.5, volume: chosen });
  await expect(page.getByRole('button', { name: 'Settings' })).toContainText('1.5×');
});

test('the picture fills the screen, and the next lesson stays there', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  const isFull = () => page.evaluate(() => document.fullscreenElement?.tagName ?? null);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect.poll(isFull).toBe('SECTION');
  const box = await page.locator('video').boundingBox();
  expect(box).toMatchObject(page.viewportSize() ?? {});
  await bigPlay(page).click();
  await expectPlaying(page);
  await page.keyboard.press('Shift+N');
  await expect(page).toHaveTitle(/^Brushes, paper, water/);
  await expectPlaying(page);
  expect(await isFull()).toBe('SECTION');
  await page.locator('video').hover();
  await page.getByRole('button', { name: 'Exit full screen' }).click();
  await expect.poll(isFull).toBeNull();
});

test('the next lesson offers itself, and can be told not to', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  const card = page.getByRole('dialog', { name: 'Up next' });
  const lesson = page.getByRole('heading', { level: 1 });
  await bigPlay(page).click();
  await expectPlaying(page);
  await page.keyboard.press('End');
  await expect(card).toContainText('Brushes, paper, water');
  await expect(card).toContainText(/Starts in \d seconds/);
  await card.getByRole('button', { name: 'Cancel' }).click();
  await expect(card).toBeHidden();
  await expect(lesson).toHaveText('What you need');

  await page.keyboard.press('0');
  await page.keyboard.press('Space');
  await expectPlaying(page);
  await page.keyboard.press('End');
  await card.getByRole('button', { name: 'Play now' }).click();
  await expect(lesson).toHaveText('Brushes, paper, water');
  await expectPlaying(page);

  await page.keyboard.press('End');
  await expect(card).toContainText('Your first flat wash');
  // By itself, after eight seconds.
  await expect(lesson).toHaveText('Your first flat wash');
  await expectPlaying(page);
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(lesson).toHaveText('Brushes, paper, water');
});

test.describe('when the store refuses a link', () => {
  test.use({ refusals: [403] });

  test('the player fetches a new one and goes on where it was', async ({ page, demo }) => {
    await buyAndOpen(page, demo, WATERCOLOUR);
    await bigPlay(page).click();
    await clickSeekBar(page, 0.5);
    await expectPlaying(page);
    const left = (await readVideo(page)).time;

    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    let refused = 0;
    await page.route(`${demo.mediaUrl}/**/*.mp4?*`, (route) => {
      refused += 1;
      return refused === 1
        ? route.fulfill({ status: 403, body: 'Access denied' })
        : route.fallback();
    });
    await page.reload();
    await expect.poll(() => asked.filter((path) => path.endsWith('/playback')).length).toBe(1);
    await page.getByRole('button', { name: /^Resume at/ }).click();
    await expectPlaying(page);
    await expectNear(page, left, 5);
    expect(refused).toBeGreaterThan(1);
  });

  test('in the midst of playing, it goes on at the same place', async ({ page, demo }) => {
    await buyAndOpen(page, demo, WATERCOLOUR);
    const [video] = videosOf(await openCourse(page, demo));
    const whole = await (await page.request.get(video?.url ?? '')).body();
    const cut = Math.floor(whole.length * 0.3);
    let answered = 0;
    // The first answer ends early, so the browser asks for the rest while it plays; and that is refused.
    await page.route(`${demo.mediaUrl}/**/*.mp4?*`, (route) => {
      answered += 1;
      if (answered === 2) return route.fulfill({ status: 403, body: 'Access denied' });
      if (answered > 2) return route.fallback();
      const headers = {
        'accept-ranges': 'bytes',
        'content-range': `bytes 0-${cut - 1}/${whole.length}`,
        'content-type': 'video/mp4',
      };
      return route.fulfill({ status: 206, headers, body: whole.subarray(0, cut) });
    });
    const renewed = page.waitForResponse((response) => response.url().endsWith('/playback'));
    await page.reload();
    await bigPlay(page).click();
    await renewed;
    const at = (await readVideo(page)).time;
    await expectPlaying(page);
    expect((await readVideo(page)).time).toBeGreaterThanOrEqual(at);
    await expect(page.getByRole('alert')).toHaveCount(0);
  });
});

test.describe('without a connection', () => {
  test.use({ refusals: ['offline'] });

  test('what is watched is kept, and told when it is back', async ({ page, demo, context }) => {
    await buyAndOpen(page, demo, WATERCOLOUR);
    const course = await openCourse(page, demo);
    const saved = async () => {
      const now = (await (await ask(context, demo, `/api/courses/${course.id}`)).json()) as Course;
      return videosOf(now)[0]?.progress.position_seconds ?? 0;
    };
    await bigPlay(page).click();
    await expectPlaying(page);
    await page.keyboard.press('k');
    await expect.poll(saved).toBeGreaterThan(0);
    const before = await saved();

    await context.setOffline(true);
    await page.keyboard.press('k');
    await expectPlaying(page);
    await page.keyboard.press('k');
    const { time } = await readVideo(page);
    expect(time).toBeGreaterThan(before + 0.5);
    expect(await saved()).toBe(before);

    await context.setOffline(false);
    await expect.poll(saved).toBeCloseTo(time, 1);
  });
});
