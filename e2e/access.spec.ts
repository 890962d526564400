// Who has access and why, as the demo's visitor sees it: bundles, second orders, refunds, disputes, and the staff's hand.
import type { BrowserContext, Page } from '@playwright/test';
import { courseTitles, openCourse } from './api';
import { ENGINES, type Demo } from './demo';
import { BOTH, BREAD, buy, LINO, newBuyer, openMyCourses, orderCard, WATERCOLOUR } from './shop';
import { expect, test } from './test';

for (const engine of ENGINES) {
  test.describe(`on ${engine}`, () => {
    test.use({ engine });

    test('orders, disputes and the staff decide together, and the shop says why', async ({
      page,
      demo,
    }) => {
      const context = page.context();
      const email = newBuyer();
      const shelf = (...titles: string[]) => expectShelf(context, demo, titles);

      // A bundle opens both; one of them is bought once more.
      const bundle = (await buy(page, demo, BOTH, email)).order;
      await openMyCourses(page, bundle);
      await shelf(WATERCOLOUR, BREAD);
      await page.getByRole('link', { name: BREAD }).click();
      await page.getByRole('button', { name: 'Mark as complete' }).click();
      let before = await openCourse(page, demo);
      const completed = async () => {
        before = await openCourse(page, demo);
        return before.modules[0]?.videos[0]?.progress.completed_at;
      };
      await expect.poll(completed).not.toBeNull();
      const alone = (await buy(page, demo, BREAD, email)).order;

      // The refund is foretold, and comes as foretold.
      await orderCard(page, bundle)
        .getByRole('link', { name: 'What would a refund take?' })
        .click();
      await expect(page.getByText(`She would lose ${WATERCOLOUR}`)).toBeVisible();
      await expect(page.getByText(`She keeps ${BREAD} by order ${alone}`)).toBeVisible();
      await page.getByRole('button', { name: 'Refund in full' }).click();
      await expect(orderCard(page, bundle)).toContainText(': refunded.');
      await shelf(BREAD);

      // A dispute suspends; won, everything is as it was.
      await orderCard(page, alone).getByRole('button', { name: 'Open a dispute' }).click();
      await expect(orderCard(page, alone)).toContainText(`Does not open ${BREAD}: disputed.`);
      await shelf();
      await orderCard(page, alone).getByRole('button', { name: 'Win the dispute' }).click();
      await expect(orderCard(page, alone)).toContainText(`Opens ${BREAD}.`);
      await shelf(BREAD);
      await page.goto(`${demo.url}/courses/${before.id}`);
      expect(await openCourse(page, demo)).toMatchObject({
        modules: before.modules.map((module) => ({
          videos: module.videos.map(({ id, progress }) => ({ id, progress })),
        })),
      });

      // What the staff close stays closed, though it is bought again, and the shop says why.
      await page.goto(`${demo.url}/shop/orders/${alone}/access`);
      await page.getByRole('button', { name: `Close it ${BREAD}` }).click();
      await expect(standing(page, BREAD)).toContainText('Closed at the shop’s desk');
      const again = (await buy(page, demo, BREAD, email)).order;
      await shelf();
      await orderCard(page, again).getByRole('link', { name: 'Access, and why' }).click();
      await expect(standing(page, BREAD)).toContainText(/Closed: the block of .* stands\./);
      await expect(standing(page, BREAD)).toContainText('What would mend it');
      await page.getByRole('button', { name: `Lift the block ${BREAD}` }).click();
      await expect(standing(page, BREAD)).toContainText('Open without end');
      await shelf(BREAD);

      // A grant by hand, for a while and then longer.
      await page.getByRole('button', { name: `Grant for 7 days ${WATERCOLOUR}` }).click();
      await expect(standing(page, WATERCOLOUR)).toContainText('Open until');
      await page.getByRole('button', { name: `30 days longer ${WATERCOLOUR}` }).click();
      await shelf(WATERCOLOUR, BREAD);
      await page.getByText('What the audit log keeps of it').click();
      await expect(page.getByText('extension.created')).toBeVisible();
    });

    test('a buyer who waits for a mapping counts until it is made', async ({ page, demo }) => {
      const figure = page.locator('[data-figure]');
      const email = newBuyer();
      await page.goto(`${demo.url}/shop`);
      await expect(figure).toHaveText('0');
      const { order } = await buy(page, demo, LINO, email);
      await expect(figure).toHaveText('1');
      await openMyCourses(page, order);
      await expectShelf(page.context(), demo, []);
      await page.goto(`${demo.url}/shop`);
      await page.getByRole('button', { name: 'Map it to the course' }).click();
      await expect(figure).toHaveText('0');
      await expectShelf(page.context(), demo, [LINO]);
    });
  });
}

/** Finds what the page says about a course. */
function standing(page: Page, course: string) {
  return page.locator('.standing').filter({ has: page.getByRole('heading', { name: course }) });
}

async function expectShelf(context: BrowserContext, demo: Demo, titles: string[]): Promise<void> {
  const listed = async () => (await courseTitles(context, demo)).toSorted();
  await expect.poll(listed, { intervals: [50] }).toEqual(titles.toSorted());
}
