// A customer signs in by mail, sees where she is signed in, and ends that.
import type { Browser, Page } from '@playwright/test';
import { ENGINES, type Demo } from './demo';
import { ACCESS, awaitMail, codeIn, mailsTo, SIGN_IN } from './mail';
import { buy, newBuyer, WATERCOLOUR } from './shop';
import { expectSoundEverywhere } from './sound';
import { expect, test } from './test';

const ENTER = 'Continue to My Courses';

/** Asks for a mail, and waits for the page that asks for its code. */
async function askToSignIn(page: Page, demo: Demo, email: string): Promise<void> {
  await page.goto(`${demo.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await expect(page.getByRole('heading', { name: 'Look into your mail' })).toBeVisible();
}

async function expectLibrary(page: Page): Promise<void> {
  await expect(page.getByRole('link', { name: WATERCOLOUR })).toBeVisible();
}

/** Opens another browser, and signs in there by a code. */
async function signInElsewhere(browser: Browser, demo: Demo, email: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  const before = (await mailsTo(page, demo, email, SIGN_IN)).length;
  await askToSignIn(page, demo, email);
  const mail = await awaitMail(page, demo, email, SIGN_IN, before + 1);
  await page.getByLabel('Code').fill(codeIn(mail));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectLibrary(page);
  return page;
}

for (const engine of ENGINES) {
  test.describe(`on ${engine}`, () => {
    test.use({ engine, refusals: [400, 401] });

    test('a link of a mail signs in once, in the browser that asked, and says so elsewhere', async ({
      page,
      browser,
      demo,
    }) => {
      const email = newBuyer();
      await buy(page, demo, WATERCOLOUR, email);
      await page.context().clearCookies();
      await awaitMail(page, demo, email, ACCESS);
      await askToSignIn(page, demo, email);
      const { link } = await awaitMail(page, demo, email, SIGN_IN);

      // Whoever looks at the link uses nothing up, and another browser does not get in by it.
      const other = await (await browser.newContext()).newPage();
      for (let look = 0; look < 20; look += 1) await other.request.get(link);
      await other.goto(link);
      await other.getByRole('button', { name: ENTER }).click();
      const elsewhere = other.getByRole('heading', {
        name: 'This link belongs to another browser',
      });
      await expect(elsewhere).toBeVisible();
      await other.context().close();

      await page.goto(link);
      await page.getByRole('button', { name: ENTER }).click();
      await expectLibrary(page);

      // Once.
      await page.goto(`${demo.url}/docs`);
      await page.goto(link);
      await page.getByRole('button', { name: ENTER }).click();
      await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
      await page.getByRole('button', { name: 'Ask for a new mail' }).click();
      await expect(page.getByLabel('E-mail address')).toBeFocused();
    });

    test('she sees where she is signed in, and ends it', async ({ page, browser, demo }) => {
      const email = newBuyer();
      await buy(page, demo, WATERCOLOUR, email);
      await page.context().clearCookies();
      await askToSignIn(page, demo, email);
      const mail = await awaitMail(page, demo, email, SIGN_IN);
      const code = codeIn(mail);
      const field = page.getByLabel('Code');

      // A wrong code is told, and the right one still works, however it is typed.
      await field.fill(code === '000000' ? '000001' : '000000');
      await field.press('Enter');
      await expect(page.getByText('That is not the code.')).toBeVisible();
      await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
      await field.press('Enter');
      await expectLibrary(page);

      const second = await signInElsewhere(browser, demo, email);
      const third = await signInElsewhere(browser, demo, email);
      await page.getByRole('link', { name: 'Account' }).click();
      await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeVisible();
      await expect(page.getByText(`Signed in as ${email}`)).toBeVisible();
      const list = page.getByRole('main').getByRole('list').first().getByRole('listitem');
      await expect(list).toHaveCount(3);
      await expect(list.filter({ hasText: 'This browser' })).toHaveCount(1);
      await expectSoundEverywhere(page);

      await page
        .getByRole('button', { name: /^End Chrom/ })
        .first()
        .click();
      const told = page.getByRole('status').filter({ hasText: 'Ended.' });
      await expect(told).toBeFocused();
      await expect(list).toHaveCount(2);
      await page.getByRole('button', { name: 'End all others' }).click();
      await expect(list).toHaveCount(1);
      for (const ended of [second, third]) {
        await ended.reload();
        await expect(ended.getByRole('heading', { name: 'Please sign in' })).toBeVisible();
        await ended.context().close();
      }

      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page.getByRole('heading', { name: 'Please sign in' })).toBeVisible();
      await page.goto(demo.url);
      await expect(page.getByRole('heading', { name: 'Please sign in' })).toBeVisible();
    });
  });
}

test.describe('whoever knows the number of an order', () => {
  test.use({ refusals: [401, 422] });

  test('a purchase is found by its number, and the code goes to the address that bought', async ({
    page,
    demo,
  }) => {
    const email = newBuyer();
    const { order } = await buy(page, demo, WATERCOLOUR, email);
    await page.context().clearCookies();
    await page.goto(`${demo.url}/sign-in`);
    await page.getByRole('button', { name: 'Find my purchase by its number' }).click();
    const field = page.getByLabel('Order number');
    await expect(field).toBeFocused();
    await expectSoundEverywhere(page);
    await field.press('Enter');
    await expect(page.getByText('Please type the number of your order')).toBeVisible();
    await field.fill(`#${order}`);
    await field.press('Enter');
    await expect(page.getByText(`If there is an order #${order}`)).toBeVisible();
    const code = codeIn(await awaitMail(page, demo, email, SIGN_IN));
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expectLibrary(page);
  });
});

test.describe('whoever reads from right to left', () => {
  test.use({ refusals: [401], locale: 'ar' });

  test('finds both ways in, and neither is wider than a phone', async ({ page, demo }) => {
    await page.goto(`${demo.url}/sign-in`);
    await expectSoundEverywhere(page);
    await page.getByRole('button').last().click();
    await expect(page.getByRole('textbox')).toBeFocused();
    await expectSoundEverywhere(page);
  });
});

test.describe('whoever is not known', () => {
  test.use({ refusals: [400, 401, 422] });

  test('sees the same pages, and gets no mail', async ({ page, demo }) => {
    const known = newBuyer();
    await buy(page, demo, WATERCOLOUR, known);
    await page.context().clearCookies();
    const unknown = newBuyer();
    const shown: string[] = [];
    for (const email of [unknown, known]) {
      await askToSignIn(page, demo, email);
      shown.push((await page.getByRole('main').innerText()).replace(email, 'HER ADDRESS'));
    }
    expect(shown[0]).toBe(shown[1]);
    await awaitMail(page, demo, known, SIGN_IN);
    expect(await mailsTo(page, demo, unknown, '')).toEqual([]);
  });

  test('finds the way by the keyboard alone', async ({ page, demo }) => {
    await page.goto(`${demo.url}/sign-in`);
    const email = page.getByLabel('E-mail address');
    await expect(email).toBeVisible();
    while (!(await email.evaluate((field) => field === document.activeElement))) {
      await page.keyboard.press('Tab');
    }
    await expectSoundEverywhere(page);
    await page.keyboard.type('nobody');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Please type a whole e-mail address')).toBeVisible();
    await expect(email).toBeFocused();
    await page.keyboard.type(newBuyer());
    await page.keyboard.press('Enter');
    await expect(page.getByLabel('Code')).toBeFocused();
    await expectSoundEverywhere(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(email).toBeFocused();
  });
});
