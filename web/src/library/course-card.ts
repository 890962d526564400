import type { CourseSummary } from '../api/types';
import type { MessageKey } from '../i18n';

/** How far a learner is with a course. */
export type Stage = 'new' | 'started' | 'completed';

export function stageOf(course: CourseSummary): Stage {
  const { completed, total } = course.progress;
  if (total > 0 && completed >= total) return 'completed';
  return completed > 0 || course.last_watched_at !== null ? 'started' : 'new';
}

/** What opening the course means at each stage. */
export const INVITATION: Record<Stage, MessageKey> = {
  new: 'course.start',
  started: 'course.continue',
  completed: 'course.review',
};
