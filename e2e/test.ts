// Playwright's test with what all journeys share: a demo, and an eye on the browser's console.
import { expect, test as base } from '@playwright/test';
import type { Demo, Engine } from './demo';

interface Options {
  /** The database of the demo that is used. */
  engine: Engine;
  /** What this journey is meant to meet: statuses, or no connection. The console reports each as an error. */
  refusals: (number | 'offline')[];
}

interface Fixtures {
  demo: Demo;
  consoleWatch: void;
}

/** Reads what the console says about a request that failed. */
function refusalOf(text: string): number | 'offline' | null {
  if (text === 'Failed to load resource: net::ERR_INTERNET_DISCONNECTED') return 'offline';
  const status = /^Failed to load resource: the server responded with a status of (\d+)/.exec(
    text,
  )?.[1];
  return status ? Number(status) : null;
}

export const test = base.extend<Options & Fixtures>({
  engine: ['sqlite', { option: true }],
  refusals: [[], { option: true }],

  demo: async ({ engine }, use) => {
    const demos = JSON.parse(process.env.E2E_DEMOS ?? '[]') as Demo[];
    const demo = demos.find((known) => known.engine === engine);
    if (!demo) throw new Error(`there is no demo on ${engine}`);
    await use(demo);
  },

  // Errors, and everything that the content security policy blocks, end up in the console.
  consoleWatch: [
    async ({ context, refusals }, use) => {
      const problems: string[] = [];
      context.on('weberror', (problem) => problems.push(String(problem.error())));
      context.on('console', (message) => {
        const refusal = refusalOf(message.text());
        if (!['error', 'warning'].includes(message.type())) return;
        if (refusal === null || !refusals.includes(refusal)) problems.push(message.text());
      });
      await use();
      expect(problems, 'the console stays quiet').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
