// What a customer does in the demo shop, as clicks.
import type { Locator, Page } from '@playwright/test';
import type { Demo } from './demo';
import { expect } from './test';

export const WATERCOLOUR = 'Watercolour for beginners';
export const BREAD = 'Bread at home';
export const BOTH = 'Both courses';
export const LINO = 'Lino printing';
export const APRON = 'Linen apron';

let buyers = 0;

/** Makes an address that nobody has bought with before. */
export function newBuyer(): string {
  buyers += 1;
  return `buyer-${process.pid}-${Date.now()}-${buyers}@example.com`;
}

/** Buys one thing; returns the order's number, and when the button was pressed. */
export async function buy(page: Page, demo: Demo, ware: string, email: string) {
  await page.goto(`${demo.url}/shop`);
  await page.getByLabel('Buyer’s e-mail').fill(email);
  const pressedAt = Date.now();
  await page.getByRole('button', { name: `Buy ${ware}`, exact: true }).click();
  await page.waitForURL(/#order-\d+$/);
  return { order: new URL(page.url()).hash.replace('#order-', ''), pressedAt };
}

/** Finds an order in the shop's books. */
export function orderCard(page: Page, order: string): Locator {
  return page.locator(`#order-${order}`);
}

/** Finds the webhooks that the shop has sent about an order, newest first. */
export function webhooksAbout(page: Page, order: string): Locator {
  return page
    .locator('#webhooks')
    .getByRole('listitem')
    .filter({ hasText: 'webhook-id' })
    .filter({ hasText: `order ${order}` });
}

/** What the sign-in page's button says, in the languages of our browsers. */
const ENTER = /^(Continue to My Courses|Weiter zu Meine Kurse)$/;

/** Goes from the order to My Courses, through the sign-in page. */
export async function openMyCourses(page: Page, order: string): Promise<void> {
  await orderCard(page, order).getByRole('button', { name: 'Open My Courses' }).click();
  await page.getByRole('button', { name: ENTER }).click();
  await page.waitForURL(/\/$/);
}

/** Buys a course and opens it; the shop's page is gone then. */
export async function buyAndOpen(page: Page, demo: Demo, course: string): Promise<string> {
  const email = newBuyer();
  const { order } = await buy(page, demo, course, email);
  await openMyCourses(page, order);
  await page.getByRole('link', { name: course }).click();
  await expect(page.getByRole('region', { name: /^Video player/ })).toBeVisible();
  return order;
}
