import type { Course, CourseModule, Video } from '../api/types';
import { percent } from '../format';

/** Returns the course's videos in the order they are watched. */
export function lessonsOf(course: Course): Video[] {
  return inOrder(course.modules).flatMap((module) => inOrder(module.videos));
}

export function inOrder<Item extends { order: number }>(items: Item[]): Item[] {
  return items.toSorted((one, other) => one.order - other.order);
}

/**
 * Returns where a learner goes on: the lesson last watched, or the one after it when that is done; the first lesson
 * on the first visit; undefined in a course without lessons.
 */
export function startingLesson(lessons: Video[]): Video | undefined {
  const last = lessons.reduce<Video | undefined>((latest, lesson) => {
    const at = lesson.progress.updated_at;
    if (at === null) return latest;
    const latestAt = latest?.progress.updated_at ?? null;
    return latestAt === null || Date.parse(at) >= Date.parse(latestAt) ? lesson : latest;
  }, undefined);
  if (!last) return lessons[0];
  if (last.progress.completed_at === null) return last;
  return neighbours(lessons, last.id).next ?? last;
}

export function neighbours(
  lessons: Video[],
  id: string,
): { previous: Video | undefined; next: Video | undefined } {
  const at = lessons.findIndex((lesson) => lesson.id === id);
  if (at < 0) return { previous: undefined, next: undefined };
  return { previous: lessons[at - 1], next: lessons[at + 1] };
}

export function completedCount(lessons: Video[]): number {
  return lessons.filter((lesson) => lesson.progress.completed_at !== null).length;
}

export function totalSeconds(lessons: Video[]): number {
  return lessons.reduce((sum, lesson) => sum + lesson.duration_seconds, 0);
}

/** Returns how much of a lesson has been watched, in percent: 100 once it is completed. */
export function watchedPercent(lesson: Video): number {
  if (lesson.progress.completed_at !== null) return 100;
  return Math.min(99, percent(lesson.progress.position_seconds, lesson.duration_seconds));
}

export function moduleOf(course: Course, lessonId: string): CourseModule | undefined {
  return course.modules.find((module) => module.videos.some((video) => video.id === lessonId));
}
