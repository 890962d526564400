// The mails of the demo, as its visitor reads them.
import type { Page } from '@playwright/test';
import type { Demo } from './demo';
import { expect } from './test';

export interface Mail {
  subject: string;
  text: string;
  /** The first address in it. */
  link: string;
}

/** Reads the mails to somebody, the newest first. */
export async function mailsTo(page: Page, demo: Demo, email: string): Promise<Mail[]> {
  const reader = await page.context().newPage();
  await reader.goto(`${demo.url}/shop/mails`);
  const letters = reader.locator('.mail').filter({ hasText: `To ${email} ` });
  const mails = await letters.evaluateAll((found) =>
    found.map((letter) => ({
      subject: letter.querySelector('h2')?.textContent ?? '',
      text: letter.textContent ?? '',
      link: letter.querySelector('a')?.href ?? '',
    })),
  );
  await reader.close();
  return mails;
}

/** Waits until so many mails have come to somebody, and returns the newest. */
export async function awaitMail(page: Page, demo: Demo, email: string, count = 1): Promise<Mail> {
  let mails: Mail[] = [];
  const arrived = async () => {
    mails = await mailsTo(page, demo, email);
    return mails.length;
  };
  await expect.poll(arrived, { message: 'the mail arrives', intervals: [100] }).toBe(count);
  return mails[0] as Mail;
}

/** Reads the code of a mail. */
export function codeIn(mail: Mail): string {
  const code = /\d{3}\s?\d{3}/.exec(mail.text)?.[0];
  if (!code) throw new Error(`no code in ${mail.subject}`);
  return code.replace(/\s/, '');
}
