import { expect, test } from 'vitest';
import { formatMessage, t } from './i18n';
import first from './locales/en.json';
import player from './locales/player/en.json';
import './player/words';

test('the plural form follows the number', () => {
  expect(t('course.lessons', { n: 1 })).toBe('1 lesson');
  expect(t('course.lessons', { n: 1200 })).toBe('1,200 lessons');
});

test('other values stand beside a plural', () => {
  expect(t('course.done', { done: 2, total: 7 })).toBe('2 of 7 lessons');
});

test('a language with more forms gets them', () => {
  const pattern = '{n, plural, one {# lekcja} few {# lekcje} other {# lekcji}}';
  expect([1, 3, 5].map((n) => formatMessage(pattern, { n }, 'pl'))).toEqual([
    '1 lekcja',
    '3 lekcje',
    '5 lekcji',
  ]);
});

test('a value that looks like a placeholder is left as it is', () => {
  expect(t('player.label', { title: '{time} and {n}' })).toBe('Video player: {time} and {n}');
});

test('every message can be read by the formatter', () => {
  const values = { n: 2, total: 2, done: 1, time: 'T', title: 'T', shop: 'S', email: 'E' };
  const rest = { day: 'D', percent: 1, product: 'P', duration: 'D' };
  for (const pattern of Object.values({ ...first, ...player })) {
    expect(formatMessage(pattern, { ...values, ...rest }, 'en')).not.toMatch(/[{}]/);
  }
});
