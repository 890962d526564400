// What every page must be: right for assistive technology in both schemes, and no wider than its screen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type axe from 'axe-core';
import { expect } from './test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const SCHEMES: ('light' | 'dark')[] = ['light', 'dark'];

/** Checks the page that is open. */
export async function expectSound(page: Page): Promise<void> {
  // Evaluated by the debugger, which the page's content security policy does not bind.
  await page.evaluate(AXE);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    // Colours may be on their way from one scheme to the other.
    await expect.poll(() => page.evaluate(() => document.getAnimations().length)).toBe(0);
    const results = await page.evaluate(
      (values) =>
        (window as typeof window & { axe: typeof axe }).axe.run({
          runOnly: { type: 'tag', values },
        }),
      WCAG,
    );
    const found = results.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
    );
    expect(found, `${colorScheme}: ${page.url()}`).toEqual([]);
    expect(results.passes.length).toBeGreaterThan(0);
  }
  const overhang = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(overhang, `sideways scroll of ${page.url()}`).toBe(0);
}

/** Checks the page at a desktop's and at a small phone's width. */
export async function expectSoundEverywhere(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const size of [
    { width: 1280, height: 800 },
    { width: 320, height: 640 },
  ]) {
    await page.setViewportSize(size);
    await expectSound(page);
  }
  if (before) await page.setViewportSize(before);
}
