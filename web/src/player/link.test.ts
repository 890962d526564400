import { expect, test, vi } from 'vitest';
import { LinkKeeper, type Link } from './link';

const MINUTE = 60_000;

function keeper(lifetime: number, clockError = 0) {
  let now = 1_000_000_000;
  let made = 0;
  const make = (): Link => ({ url: `link-${made++}`, expiresAt: now + lifetime - clockError });
  const renew = vi.fn(async () => make());
  const links = new LinkKeeper(make(), renew, () => now);
  return { links, renew, pass: (time: number) => (now += time) };
}

test('a link of half an hour is renewed a minute before its end', () => {
  expect(keeper(30 * MINUTE).links.renewalDelay).toBe(29 * MINUTE);
});

test('a short link is renewed after three quarters of its life', () => {
  expect(keeper(40_000).links.renewalDelay).toBe(30_000);
});

test('a server that keeps handing out the same link is not asked all the time', () => {
  expect(keeper(400).links.renewalDelay).toBe(5_000);
});

test('a clock that runs ahead does not make the player ask again and again', () => {
  expect(keeper(30 * MINUTE, 60 * MINUTE).links.renewalDelay).toBeNull();
});

test('a link is about to be refused shortly before its end, not earlier', () => {
  const { links, pass } = keeper(30 * MINUTE);
  pass(29 * MINUTE);
  expect(links.isEnding(links.current)).toBe(false);
  pass(50_000);
  expect(links.isEnding(links.current)).toBe(true);
});

test('calls made while a new link is on its way share it', async () => {
  const { links, renew } = keeper(30 * MINUTE);
  const [one, other] = await Promise.all([links.renewed(), links.renewed()]);
  expect(one).toBe(other);
  expect(renew).toHaveBeenCalledTimes(1);
  expect(links.current).toBe(one);
});

test('a renewal that fails can be tried again', async () => {
  const { links, renew } = keeper(30 * MINUTE);
  renew.mockRejectedValueOnce(new Error('offline'));
  await expect(links.renewed()).rejects.toThrow('offline');
  await expect(links.renewed()).resolves.toMatchObject({ url: 'link-1' });
});

test('three new links in a row are enough, until the video plays again', () => {
  const { links } = keeper(30 * MINUTE);
  expect([1, 2, 3, 4].map(() => links.mayRetry())).toEqual([true, true, true, false]);
  links.forgive();
  expect(links.mayRetry()).toBe(true);
});
