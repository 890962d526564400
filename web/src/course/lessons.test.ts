import { expect, test, vi } from 'vitest';
import { forgetfulStorage } from '../browser-storage';
import { ProgressOutbox } from '../progress/outbox';
import { fakeApi, makeCourse, makeVideo } from '../testing/fixtures';
import { Learning } from './learning.svelte';
import { lessonsOf, neighbours, startingLesson, watchedPercent } from './lessons';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 10, minute)).toISOString();

test('lessons follow the order of modules and videos, not of the list', () => {
  const course = makeCourse();
  course.modules.reverse();
  course.modules.forEach((module) => module.videos.reverse());
  expect(lessonsOf(course).map((lesson) => lesson.id)).toEqual(['vid_1', 'vid_2', 'vid_3']);
});

test('the first visit starts at the first lesson', () => {
  expect(startingLesson([makeVideo(1), makeVideo(2)])?.id).toBe('vid_1');
  expect(startingLesson([])).toBeUndefined();
});

test('later visits start where the learner was last', () => {
  const lessons = [
    makeVideo(1, { updated_at: at(1) }),
    makeVideo(2, { updated_at: at(9) }),
    makeVideo(3, { updated_at: at(5) }),
  ];
  expect(startingLesson(lessons)?.id).toBe('vid_2');
});

test('after a completed lesson comes the next one, and after the last the last', () => {
  const done = { completed_at: at(3), updated_at: at(3) };
  expect(startingLesson([makeVideo(1, done), makeVideo(2)])?.id).toBe('vid_2');
  expect(startingLesson([makeVideo(1), makeVideo(2, done)])?.id).toBe('vid_2');
});

test('a lesson knows what is before and after it', () => {
  const lessons = [makeVideo(1), makeVideo(2)];
  expect(neighbours(lessons, 'vid_1').previous).toBeUndefined();
  expect(neighbours(lessons, 'vid_1').next?.id).toBe('vid_2');
  expect(neighbours(lessons, 'vid_9')).toEqual({ previous: undefined, next: undefined });
});

test('a lesson that is not completed never looks complete', () => {
  expect(watchedPercent(makeVideo(1, { position_seconds: 100 }))).toBe(99);
  expect(watchedPercent(makeVideo(1, { completed_at: at(1) }))).toBe(100);
});

function learning() {
  const send = vi.fn(async () => {});
  const outbox = new ProgressOutbox({ send, store: forgetfulStorage(), now: () => new Date(0) });
  return { learning: new Learning(makeCourse(), { api: fakeApi(), outbox }), send, outbox };
}

test('a position shows at once and is sent', () => {
  const { learning: course, send } = learning();
  void course.reached('vid_1', 40, { outlivesPage: false, isPlaying: true });
  expect(course.find('vid_1')?.progress.position_seconds).toBe(40);
  expect(send).toHaveBeenCalledWith('vid_1', expect.objectContaining({ position_seconds: 40 }), {
    outlivesPage: false,
  });
});

test('a completion can be taken back', () => {
  const { learning: course, send } = learning();
  course.setCompleted('vid_1', true);
  expect(course.find('vid_1')?.progress.completed_at).not.toBeNull();
  course.setCompleted('vid_1', false);
  expect(course.find('vid_1')?.progress.completed_at).toBeNull();
  expect(send).toHaveBeenCalledTimes(1);
});

test('what could not be sent yet counts when the course is opened again', async () => {
  const outbox = new ProgressOutbox({
    send: () => Promise.reject(new Error('offline')),
    store: forgetfulStorage(),
    now: () => new Date(0),
  });
  await outbox.record('vid_2', { position_seconds: 55, completed: true });
  const course = new Learning(makeCourse(), { api: fakeApi(), outbox });
  expect(course.find('vid_2')?.progress).toMatchObject({ position_seconds: 55 });
  expect(course.find('vid_2')?.progress.completed_at).not.toBeNull();
});

test('a renewed link comes from the video itself', async () => {
  const { learning: course } = learning();
  const video = course.find('vid_1');
  if (!video) throw new Error('the fixture has a first video');
  const link = await course.toPlay(video).renewLink();
  expect(link).toEqual({ url: 'https://media.example.com/again', expiresAt: Date.parse(at(30)) });
});
