import { expect, test } from 'vitest';
import { commandFor } from './keys';
import { resumePoint } from './resume';
import { Watched } from './watched';

function watch(watched: Watched, from: number, to: number) {
  for (let time = from; time <= to; time += 0.25) watched.tick(time);
  watched.lift();
}

test('a lesson is watched enough at ninety percent', () => {
  const watched = new Watched();
  watch(watched, 0, 88);
  expect(watched.isEnough(100)).toBe(false);
  watch(watched, 88, 90);
  expect(watched.isEnough(100)).toBe(true);
});

test('jumping to the end is not watching', () => {
  const watched = new Watched();
  watch(watched, 0, 5);
  watch(watched, 95, 99);
  expect(watched.isEnough(100)).toBe(false);
});

test('seeing the same minute again counts once', () => {
  const watched = new Watched();
  for (let round = 0; round < 5; round += 1) watch(watched, 0, 30);
  expect(watched.isEnough(100)).toBe(false);
});

test('a browser that reports seldom or plays at double speed loses no seconds', () => {
  const watched = new Watched();
  for (let time = 0; time <= 90; time += 2.5) watched.tick(time);
  expect(watched.isEnough(100)).toBe(true);
});

test('what an earlier visit watched counts', () => {
  const watched = new Watched(60);
  watch(watched, 60, 90);
  expect(watched.isEnough(100)).toBe(true);
});

test('nothing is enough of a video whose length is not known', () => {
  expect(new Watched(10).isEnough(0)).toBe(false);
});

test('one resumes three seconds earlier', () => {
  expect(resumePoint(63, 500)).toBe(60);
});

test('a video hardly begun, or all but over, starts at its beginning', () => {
  expect(resumePoint(4, 500)).toBe(0);
  expect(resumePoint(495, 500)).toBe(0);
});

const press = (key: string, target: Element | null = null, more = {}) =>
  commandFor({ key, ctrlKey: false, metaKey: false, altKey: false, ...more }, target);

function element(html: string): Element {
  document.body.innerHTML = html;
  return document.body.firstElementChild ?? document.body;
}

test('keys mean what they mean everywhere', () => {
  expect(press(' ')).toEqual({ do: 'toggle' });
  expect(press('j')).toEqual({ do: 'skip', seconds: -10 });
  expect(press('ArrowRight')).toEqual({ do: 'skip', seconds: 5 });
  expect(press('7')).toEqual({ do: 'jump', share: 0.7 });
  expect(press('>')).toEqual({ do: 'speed', step: 1 });
  expect(press('?')).toEqual({ do: 'help' });
  expect(press('x')).toBeNull();
});

test('Caps Lock changes nothing, and only Shift and N leave the lesson', () => {
  expect(press('K')).toEqual({ do: 'toggle' });
  expect(press('N')).toEqual({ do: 'next' });
  expect(press('n')).toBeNull();
});

test('shortcuts of the browser stay with the browser', () => {
  expect(press('f', null, { ctrlKey: true })).toBeNull();
  expect(press('ArrowLeft', null, { altKey: true })).toBeNull();
});

test('a focused control keeps the keys it uses itself', () => {
  expect(press(' ', element('<button></button>'))).toBeNull();
  expect(press('k', element('<button></button>'))).toEqual({ do: 'toggle' });
  expect(press('ArrowLeft', element('<input type="range">'))).toBeNull();
  expect(press(' ', element('<input type="range">'))).toEqual({ do: 'toggle' });
  expect(press('k', element('<input type="text">'))).toBeNull();
  expect(press(' ', element('<input type="checkbox">'))).toBeNull();
  expect(press('ArrowLeft', element('<div role="tablist"><button></button></div>'))).toBeNull();
});
