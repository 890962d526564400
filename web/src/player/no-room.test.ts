import { expect, test } from 'vitest';
import { formatMessage } from '../i18n';
import ar from '../locales/no-room/ar.json';
import de from '../locales/no-room/de.json';
import en from '../locales/no-room/en.json';
import { preferredWords } from './no-room';

test('the words are in the first language that the viewer reads and we write', () => {
  expect(preferredWords(['fr-FR', 'de-AT', 'en']).language).toBe('de');
  expect(preferredWords(['ar-EG'])).toMatchObject({ language: 'ar', direction: 'rtl' });
  expect(preferredWords(['fr'])).toMatchObject({ language: 'en', direction: 'ltr' });
  expect(preferredWords(['constructor', '']).language).toBe('en');
});

test('every language has every text', () => {
  for (const words of [de, ar]) expect(Object.keys(words)).toEqual(Object.keys(en));
});

test('the number of devices is spelled as each language does', () => {
  const title = (words: typeof en, n: number, language: string) =>
    formatMessage(words['tooManyStreams.title'], { n }, language);
  expect(title(en, 1, 'en')).toBe('You are already watching on another device');
  expect(title(de, 2, 'de')).toBe('Sie sehen bereits auf 2 anderen Geräten zu');
  expect(title(ar, 2, 'ar')).toContain('جهازين');
});
