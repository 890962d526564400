import { expect, test } from 'vitest';
import { clock, fileSize, length, percent, speed, spoken } from './format';

test('a clock shows hours only when there are any', () => {
  expect(clock(0)).toBe('0:00');
  expect(clock(65.9)).toBe('1:05');
  expect(clock(3665)).toBe('1:01:05');
});

test('a clock shows nothing odd for times that are not known', () => {
  expect(clock(NaN)).toBe('0:00');
  expect(clock(Infinity)).toBe('0:00');
  expect(clock(-3)).toBe('0:00');
});

test('a time is spoken in whole words', () => {
  expect(spoken(65)).toBe('1 minute, 5 seconds');
  expect(spoken(3600)).toBe('1 hour');
  expect(spoken(0)).toBe('0 seconds');
});

test('a length is rounded to minutes and carries into the hour', () => {
  expect(length(45)).toBe('45 sec');
  expect(length(521.4)).toBe('9 min');
  expect(length(3599)).toBe('1 hr');
  expect(length(4320)).toBe('1 hr 12 min');
});

test('file sizes count in thousands and never show a thousand of anything', () => {
  expect(fileSize(12)).toBe('12 bytes');
  expect(fileSize(48_213)).toBe('48 kB');
  expect(fileSize(1_234_567)).toBe('1.2 MB');
  expect(fileSize(999_900)).toBe('1 MB');
  expect(fileSize(3_000_000_000)).toBe('3 GB');
});

test('a course is at 100 percent only when nothing is missing', () => {
  expect(percent(999, 1000)).toBe(99);
  expect(percent(7, 7)).toBe(100);
  expect(percent(0, 0)).toBe(0);
  expect(percent(9, 7)).toBe(100);
});

test('speeds drop what is not needed', () => {
  expect([1, 1.25, 1.5].map(speed)).toEqual(['1×', '1.25×', '1.5×']);
});
