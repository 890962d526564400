import { expect, test, vi } from 'vitest';
import { formatMessage } from './i18n';
import { ago, chooseLanguage, Words } from './languages';

const files = import.meta.glob<{ default: Record<string, string> }>(
  './locales/{account,admin,session}/*.json',
  { eager: true },
);

/** Returns the placeholders of a text, each once. */
function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)[,}]/g)].map((match) => match[1] ?? ''))].sort();
}

test('the first language that the pages speak is taken', () => {
  expect(chooseLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(chooseLanguage(['ar-EG', 'en'])).toBe('ar');
  expect(chooseLanguage(['fr'])).toBe('en');
  expect(chooseLanguage([])).toBe('en');
});

test('every language has every text, with the same values in it', () => {
  for (const part of ['account', 'admin', 'session']) {
    const english = files[`./locales/${part}/en.json`]?.default ?? {};
    expect(Object.keys(english).length).toBeGreaterThan(0);
    for (const language of ['de', 'ar']) {
      const texts = files[`./locales/${part}/${language}.json`]?.default ?? {};
      expect(Object.keys(texts), `${part}/${language}`).toEqual(Object.keys(english));
      for (const [key, text] of Object.entries(texts)) {
        expect(placeholders(text), `${part}/${language} ${key}`).toEqual(
          placeholders(english[key] ?? ''),
        );
        const filled = Object.fromEntries(placeholders(text).map((name) => [name, 2]));
        expect(formatMessage(text, filled, language), key).not.toMatch(/[{}]/);
      }
    }
  }
});

test('another language is fetched, and English stands in when it does not come', async () => {
  const others = {
    de: async () => ({ default: { hello: 'Guten Tag, {name}' } }),
    ar: vi.fn(() => Promise.reject(new Error('offline'))),
  };
  const german = new Words({ hello: 'Hello {name}' }, others, ['de-DE']);
  await german.ready;
  expect([german.say('hello', { name: 'Ada' }), german.language]).toEqual(['Guten Tag, Ada', 'de']);
  const arabic = new Words({ hello: 'Hello {name}' }, others, ['ar']);
  await arabic.ready;
  expect([arabic.say('hello', { name: 'Ada' }), arabic.language]).toEqual(['Hello Ada', 'en']);
  expect(new Words({ hello: 'Hello' }, others, ['en-GB']).ready).toBeUndefined();
});

test('a time that has passed is told in hours, then in days', () => {
  const now = new Date('2026-11-22T12:00:00Z');
  const told = (time: string) => ago(time, now, 'en');
  expect(told('2026-11-22T11:10:00Z')).toBe('this hour');
  expect(told('2026-11-22T12:00:09Z')).toBe('this hour');
  expect(told('2026-11-22T08:59:00Z')).toBe('3 hours ago');
  expect(told('2026-11-21T11:00:00Z')).toBe('yesterday');
  expect(told('2026-11-02T11:00:00Z')).toBe('20 days ago');
});
