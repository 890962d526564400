// Signed links: what opens a video, what does not, and that nothing else of the store shows anywhere.
import { fetchRaw, openCourse, videosOf, type Answer } from './api';
import { readLog } from './demo';
import { bigPlay, expectPlaying } from './player';
import { buyAndOpen, WATERCOLOUR } from './shop';
import { expect, test } from './test';

test('a signed link opens its video, whole and in parts', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  const [video] = videosOf(await openCourse(page, demo));
  const url = video?.url ?? '';
  expect(new URL(url).origin).toBe(demo.mediaUrl);

  const whole = await fetchRaw(url);
  expect(whole.status).toBe(200);
  expect(whole.headers).toMatchObject({ 'content-type': 'video/mp4', 'accept-ranges': 'bytes' });
  expect(whole.body.length).toBe(Number(whole.headers['content-length']));
  expect(whole.body.subarray(4, 8).toString()).toBe('ftyp');

  const size = whole.body.length;
  const part = await fetchRaw(url, { range: 'bytes=1000-1999' });
  expect(part.status).toBe(206);
  expect(part.headers['content-range']).toBe(`bytes 1000-1999/${size}`);
  expect(part.body.equals(whole.body.subarray(1000, 2000))).toBe(true);

  const tail = await fetchRaw(url, { range: 'bytes=-10' });
  expect(tail.status).toBe(206);
  expect(tail.body.equals(whole.body.subarray(size - 10))).toBe(true);
});

test('a link that is not exactly as it was signed opens nothing', async ({ page, demo }) => {
  await buyAndOpen(page, demo, WATERCOLOUR);
  const [video, other] = videosOf(await openCourse(page, demo));
  const link = new URL(video?.url ?? '');
  const signature = link.searchParams.get('Signature') ?? '';
  const host = { host: link.host };
  /** The link with one thing changed, and everything else as it was, byte for byte. */
  const but = (from: string, to: string) => {
    expect(link.href.split(from), `${from} is there once`).toHaveLength(2);
    return link.href.replace(from, () => to);
  };
  const expires = Number(link.searchParams.get('Expires'));
  const keyId = link.searchParams.get('Key-Pair-Id') ?? '';
  const swapped = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  const object = link.pathname;

  const refused: Record<string, Answer> = {
    unsigned: await fetchRaw(link.origin + object),
    'no signature': await fetchRaw(but(`&Signature=${signature}`, '')),
    'no key': await fetchRaw(but(`&Key-Pair-Id=${keyId}`, '')),
    expired: await fetchRaw(
      but(`Expires=${expires}`, `Expires=${Math.floor(Date.now() / 1000) - 60}`),
    ),
    prolonged: await fetchRaw(but(`Expires=${expires}`, `Expires=${expires + 3600}`)),
    'a letter of the signature': await fetchRaw(but(signature, swapped(signature, 20))),
    'a cut signature': await fetchRaw(but(signature, signature.slice(0, -4))),
    'a letter of the path': await fetchRaw(but(object, swapped(object, object.length - 8))),
    'another key': await fetchRaw(but(keyId, swapped(keyId, 3))),
    'no hash algorithm': await fetchRaw(but('&Hash-Algorithm=SHA256', '')),
    'an extra parameter': await fetchRaw(`${link.href}&x=1`),
    'a parameter twice': await fetchRaw(`${link.href}&Expires=${expires}`),
    'another video': await fetchRaw(but(object, new URL(other?.url ?? '').pathname)),
    'a folder above': await fetchRaw(but(object, '/..%2fkeys%2fmedia-private.pem')),
    'something that is not there': await fetchRaw(but(object, '/nothing.mp4')),
    'another host': await fetchRaw(link.href, { host: 'videos.example.com' }),
    'another port': await fetchRaw(link.href, { host: new URL(demo.url).host }),
    'another name of this host': await fetchRaw(link.href, { host: `localhost:${link.port}` }),
  };
  expect((await fetchRaw(link.href, host)).status, 'the link itself is good').toBe(200);

  const shape = (answer: Answer) => Object.keys(answer.headers).sort();
  for (const [what, answer] of Object.entries(refused)) {
    expect(answer.status, what).toBe(403);
    expect(shape(answer), what).toEqual(shape(refused.unsigned as Answer));
    const text = answer.body.toString();
    expect(text, what).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?><Error><Code>(MissingKey|AccessDenied)<\/Code><Message>[A-Z][A-Za-z -]+<\/Message><\/Error>$/,
    );
    const told = text + JSON.stringify(answer.headers);
    expect(told, what).not.toContain(object.slice(1));
    expect(told, what).not.toContain(demo.folder);
  }
});

test('nothing but a signed link names an object, and no log names link, object or customer', async ({
  page,
  demo,
}) => {
  const answers: Promise<{ url: string; text: string }>[] = [];
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    const head = JSON.stringify(response.headers());
    if (!response.url().startsWith(demo.url) || /^(video|image)/.test(type)) return;
    const read = response.text().catch(() => '');
    answers.push(read.then((body) => ({ url: response.url(), text: head + body })));
  });
  await buyAndOpen(page, demo, WATERCOLOUR);
  await bigPlay(page).click();
  await expectPlaying(page);
  await page.getByRole('tab', { name: 'Downloads (2)' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download Palette card' }).click();
  await (await download).delete();
  await page.getByRole('link', { name: 'My Courses' }).first().click();
  await expect(page.getByRole('heading', { name: 'Downloads' })).toBeVisible();

  const signed = new RegExp(`${demo.mediaUrl}/[^"\\s]*Signature=[^"\\s]*`, 'g');
  const read = await Promise.all(answers);
  const links = read.flatMap(({ text }) => text.match(signed) ?? []);
  const objects = [...new Set(links.map((link) => new URL(link).pathname.slice(1)))];
  expect(objects.length, 'videos, a cover, a file').toBeGreaterThanOrEqual(10);
  for (const { url, text } of read) {
    const rest = text.replaceAll(signed, '');
    for (const secret of [...objects, demo.folder, 's3_key', 'bucket']) {
      expect(rest.includes(secret), `${secret} in ${url}`).toBe(false);
    }
  }

  const log = readLog(demo);
  for (const secret of [
    ...objects,
    'Signature=',
    'Expires=',
    '@example.com',
    'token=',
    'stoa_session',
  ]) {
    expect(log.includes(secret), `${secret} in the log`).toBe(false);
  }
});
