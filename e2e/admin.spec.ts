// An administrator: from the command line's one-time link to her account, in and out again.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ENGINES, type Demo } from './demo';
import { ADMINISTRATION, awaitMail } from './mail';
import { expectSoundEverywhere } from './sound';
import { expect, test } from './test';
import { Authenticator } from './totp';

const PASSWORD = 'correct lamp river ninety';
let created = 0;

/** Runs `stoa admin create` beside the running demo; returns whom it made, and the link that it prints. */
function createAdmin(demo: Demo) {
  created += 1;
  const email = `ann-${process.pid}-${created}@example.com`;
  const database = demo.database ? ['--database', demo.database] : [];
  const data = ['--data', join(demo.folder, 'data'), ...database];
  const printed = execFileSync(
    process.env.STOA_BIN ?? '../target/debug/stoa',
    ['admin', 'create', email, '--name', 'Ann', '--role', 'owner', ...data],
    {
      env: { ...process.env, STOA_WEB__PUBLIC_URL: demo.url },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  return { email, link: printed.toString().trim() };
}

/** Reads the secret that the page of a link shows, as she would type it into her app. */
async function readSecret(page: Page): Promise<Authenticator> {
  const secret = await page.getByRole('main').locator('code').innerText();
  return new Authenticator(secret.replace(/\s/g, ''));
}

async function setUp(page: Page, link: string, password = PASSWORD) {
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Welcome, Ann' })).toBeVisible();
  const app = await readSecret(page);
  await page.getByLabel('New password').fill(password);
  await page.getByLabel('Code that the app shows now').fill(app.next());
  await page.getByRole('button', { name: 'Finish' }).click();
  await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
  const codes = await page
    .getByRole('list', { name: 'Recovery codes' })
    .locator('li')
    .allInnerTexts();
  return { app, codes };
}

async function signIn(page: Page, email: string, password: string, code: string) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Code of your app').fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const account = (page: Page) => page.getByRole('heading', { name: 'Your account' });

for (const engine of ENGINES) {
  test.describe(`on ${engine}`, () => {
    test.use({ engine, refusals: [400, 401, 403, 422] });

    test('a link, a password, an app, and a way in without the phone', async ({ page, demo }) => {
      const { email, link } = createAdmin(demo);
      expect(link).toMatch(new RegExp(`^${demo.url}/admin/link#token=[\\w-]{43}$`));
      expect((await awaitMail(page, demo, email, ADMINISTRATION)).link).toBe(link);
      for (let look = 0; look < 20; look += 1) await page.request.get(link);

      // What is refused is said where it belongs.
      await page.goto(link);
      const password = page.getByLabel('New password');
      const code = page.getByLabel('Code that the app shows now');
      const finish = page.getByRole('button', { name: 'Finish' });
      await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible();
      await expectSoundEverywhere(page);
      await password.fill('correct lam');
      await expect(page.getByText('At least 12 characters; 11 so far')).toBeVisible();
      await finish.click();
      await expect(password).toBeFocused();
      await password.fill('passwordpassword');
      const app = await readSecret(page);
      const right = app.next();
      await code.fill(right);
      await finish.click();
      await expect(page.getByText('This password is easy to guess')).toBeVisible();
      await password.fill(PASSWORD);
      await code.fill(right === '000000' ? '000001' : '000000');
      await finish.click();
      await expect(page.getByText('This is not the code that the app shows now')).toBeVisible();
      await code.fill(`${right.slice(0, 3)} ${right.slice(3)}`);
      await finish.click();

      const list = page.getByRole('list', { name: 'Recovery codes' });
      await expect(list.locator('li')).toHaveCount(10);
      expect(page.url()).toBe(`${demo.url}/admin/link`);
      await expectSoundEverywhere(page);
      const codes = await list.locator('li').allInnerTexts();
      const arriving = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const kept = readFileSync(await (await arriving).path()).toString();
      for (const one of codes) expect(kept).toContain(one);
      await page.getByRole('button', { name: 'I have kept them' }).click();
      await expect(account(page)).toBeVisible();
      await expect(page.getByText('10 codes are left.')).toBeVisible();
      await expectSoundEverywhere(page);

      // The link is used.
      await page.goto(`${demo.url}/admin/sign-in`);
      await page.goto(link);
      await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
      await expectSoundEverywhere(page);

      // Out, and in by the next code; a code works once.
      await page.goto(`${demo.url}/admin`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      await expectSoundEverywhere(page);
      await signIn(page, email, PASSWORD, right);
      await expect(page.getByText('Address, password or code is wrong.')).toBeVisible();
      await signIn(page, email, 'correct lamp river eighty', app.next());
      await expect(page.getByText('Address, password or code is wrong.')).toBeVisible();

      // In by a recovery code, with nothing but the keyboard.
      await page.reload();
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      const field = page.getByLabel('E-mail address');
      while (!(await field.evaluate((one) => one === document.activeElement))) {
        await page.keyboard.press('Tab');
      }
      const other = page.getByRole('button', { name: 'Use a recovery code instead' });
      await other.focus();
      await page.keyboard.press('Enter');
      await expect(page.getByLabel('Recovery code')).toBeFocused();
      await page.keyboard.type((codes[0] ?? '').toUpperCase().replaceAll('-', ' '));
      await field.focus();
      await page.keyboard.type(email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press('Enter');
      await expect(account(page)).toBeVisible();
      await expect(page.getByText('9 codes are left.')).toBeVisible();
    });

    test('her account: another browser ended, another password, another phone', async ({
      page,
      browser,
      demo,
    }) => {
      const { email, link } = createAdmin(demo);
      const { app, codes } = await setUp(page, link);
      await page.getByRole('button', { name: 'I have kept them' }).click();

      const second = await (await browser.newContext()).newPage();
      await second.goto(`${demo.url}/admin/account`);
      await signIn(second, email, PASSWORD, app.next());
      await expect(account(second)).toBeVisible();
      await second.getByRole('button', { name: /^End Chrom/ }).click();
      await expect(second.getByRole('main').getByText('Ended.')).toBeVisible();
      await page.reload();
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

      const old = second.getByLabel('Your password now');
      await old.fill('correct lamp river eighty');
      await second.getByLabel('New password').fill('ninety rivers lamp correct');
      await second.getByRole('button', { name: 'Change the password' }).click();
      await expect(second.getByText('This is not the password that you have.')).toBeVisible();
      await old.fill(PASSWORD);
      await second.getByRole('button', { name: 'Change the password' }).click();
      await expect(second.getByText('Changed.')).toBeVisible();

      // She has just signed in, so she need not prove it again: the server says when she must.
      await second.route('**/api/admin/me/recovery-codes', (route) =>
        route.fulfill({
          status: 403,
          contentType: 'application/problem+json',
          body: '{"code":"prove_again"}',
        }),
      );
      await second.getByRole('button', { name: 'Make new codes' }).click();
      const dialog = second.getByRole('dialog', { name: 'Is it you?' });
      await expect(dialog.getByLabel('Password')).toBeFocused();
      await expectSoundEverywhere(second);
      await dialog.getByLabel('Password').fill(PASSWORD);
      await second.keyboard.press('Enter');
      await expect(dialog.getByText('That is wrong.')).toBeVisible();
      await second.unroute('**/api/admin/me/recovery-codes');
      await dialog.getByLabel('Password').fill('ninety rivers lamp correct');
      await second.keyboard.press('Enter');
      await expect(dialog).toBeHidden();
      const fresh = second.getByRole('list', { name: 'Recovery codes' }).locator('li');
      await expect(fresh).toHaveCount(10);
      expect(await fresh.first().innerText()).not.toBe(codes[0]);

      // Another phone: a link of her own, and all is set up anew.
      await second.getByRole('button', { name: 'Set up another app' }).click();
      await expect(second.getByRole('heading', { name: 'Welcome, Ann' })).toBeVisible();
      const other = await setUp(second, second.url(), 'yet another lamp of rivers');
      expect(other.app.secret).not.toBe(app.secret);
      await second.getByRole('button', { name: 'I have kept them' }).click();
      await expect(account(second)).toBeVisible();
      await second.context().close();
    });
  });
}
