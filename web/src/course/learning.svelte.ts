import type { ApiError } from '../api/client';
import type { Course, Video, VideoProgress } from '../api/types';
import type { Link } from '../player/link';
import type { Lesson, Reached } from '../player/playback.svelte';
import { resumePoint } from '../player/resume';
import type { Services } from '../services';
import { lessonsOf } from './lessons';

/** One course while it is being learnt: what the server said, and what has happened since. */
export class Learning {
  readonly course: Course;
  readonly lessons: Video[] = $derived.by(() => lessonsOf(this.course));

  constructor(
    course: Course,
    private readonly services: Pick<Services, 'api' | 'outbox'>,
    private readonly now: () => Date = () => new Date(),
  ) {
    const live = $state(course);
    this.course = live;
    for (const video of this.lessons) this.#addWaiting(video);
  }

  find(lessonId: string | null): Video | undefined {
    return this.lessons.find((lesson) => lesson.id === lessonId);
  }

  /** Returns what the player needs to play this lesson from where it was left. */
  toPlay(video: Video): Lesson {
    return {
      id: video.id,
      title: video.title,
      link: { url: video.url, expiresAt: Date.parse(this.course.links_expire_at) },
      duration: video.duration_seconds,
      startAt: resumePoint(video.progress.position_seconds, video.duration_seconds),
      isCompleted: video.progress.completed_at !== null,
      renewLink: () => this.#renewLink(video.id),
    };
  }

  /** Records where a player is; returns why it may not go on, when it may not. */
  reached(
    lessonId: string,
    position: number,
    { isPlaying, outlivesPage }: Reached,
  ): Promise<ApiError | null> {
    this.#change(lessonId, { position_seconds: position });
    const change = { position_seconds: position, is_playing: isPlaying };
    return this.services.outbox.record(lessonId, change, { outlivesPage });
  }

  startedOver(lessonId: string): void {
    this.#change(lessonId, { position_seconds: 0 });
    const change = { position_seconds: 0, start_over: true, is_playing: false };
    void this.services.outbox.record(lessonId, change);
  }

  setCompleted(lessonId: string, isCompleted: boolean, position?: number): void {
    const progress = this.find(lessonId)?.progress;
    if (!progress) return;
    const position_seconds = position ?? progress.position_seconds;
    const completed_at = isCompleted ? this.now().toISOString() : null;
    this.#change(lessonId, { position_seconds, completed_at });
    // The player gives its position; a mark that is set by hand says nothing of playing.
    const is_playing = position !== undefined;
    const change = { position_seconds, completed: isCompleted, is_playing };
    void this.services.outbox.record(lessonId, change);
  }

  #change(lessonId: string, change: Partial<VideoProgress>): void {
    const video = this.find(lessonId);
    if (video) Object.assign(video.progress, change, { updated_at: this.now().toISOString() });
  }

  /** Lays what could not be sent yet over what the server knows. */
  #addWaiting(video: Video): void {
    const report = this.services.outbox.waiting(video.id);
    if (!report) return;
    video.progress.position_seconds = report.position_seconds;
    video.progress.updated_at = report.client_time;
    if (report.completed === true) video.progress.completed_at ??= report.client_time;
    if (report.completed === false) video.progress.completed_at = null;
  }

  async #renewLink(videoId: string): Promise<Link> {
    const playback = await this.services.api.playback(videoId);
    return { url: playback.url, expiresAt: Date.parse(playback.links_expire_at) };
  }
}
