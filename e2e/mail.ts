// The mails of the demo, as its visitor reads them.
import type { Page } from '@playwright/test';
import type { Demo } from './demo';
import { expect } from './test';

export interface Mail {
  subject: string;
  lines: string[];
  /** The first address in it. */
  link: string;
}

/** What mails are about, by their subjects. */
export const ACCESS = 'Your access at';
export const SIGN_IN = 'Sign in to';
export const ADMINISTRATION = 'Your way into the administration';

/** Reads the mails to somebody about something, the newest first. */
export async function mailsTo(
  page: Page,
  demo: Demo,
  email: string,
  about: string,
): Promise<Mail[]> {
  const reader = await page.context().newPage();
  await reader.goto(`${demo.url}/shop/mails`);
  const letters = reader.locator('.mail').filter({ hasText: `To ${email} ` });
  const mails = await letters.evaluateAll((found) =>
    found.map((letter) => ({
      subject: letter.querySelector('h2')?.textContent ?? '',
      lines: [...letter.querySelectorAll('div p')].map((line) => line.textContent ?? ''),
      link: letter.querySelector('a')?.href ?? '',
    })),
  );
  await reader.close();
  return mails.filter((mail) => mail.subject.startsWith(about));
}

/** Waits until so many mails about something have come to somebody, and returns the newest. */
export async function awaitMail(
  page: Page,
  demo: Demo,
  email: string,
  about: string,
  count = 1,
): Promise<Mail> {
  let mails: Mail[] = [];
  const arrived = async () => {
    mails = await mailsTo(page, demo, email, about);
    return mails.length;
  };
  await expect.poll(arrived, { message: 'the mail arrives', intervals: [100] }).toBe(count);
  return mails[0] as Mail;
}

/** Reads the code of a mail, which has a line of its own. */
export function codeIn(mail: Mail): string {
  const code = mail.lines.find((line) => /^\d{3}\s?\d{3}$/.test(line));
  if (!code) throw new Error(`no code in ${mail.subject}`);
  return code.replace(/\s/, '');
}
