import type { Api } from '../api/client';
import type { Course, CourseSummary, Video, VideoProgress } from '../api/types';
import { forgetfulStorage } from '../browser-storage';
import { Preferences } from '../player/preferences.svelte';
import { ProgressOutbox } from '../progress/outbox';
import { Router } from '../router.svelte';
import type { Services } from '../services';

export function makeVideo(order: number, progress: Partial<VideoProgress> = {}): Video {
  return {
    id: `vid_${order}`,
    title: `Lesson ${order}`,
    order,
    duration_seconds: 100,
    url: `https://media.example.com/${order}`,
    hls_url: null,
    poster_url: null,
    storyboard_url: null,
    captions: [],
    progress: { position_seconds: 0, completed_at: null, updated_at: null, ...progress },
  };
}

export function makeCourse(change: Partial<Course> = {}): Course {
  return {
    id: 'crs_1',
    title: 'Watercolour',
    description: 'With three colours.',
    cover_url: null,
    access: { until: null },
    progress: { completed: 0, total: 3 },
    links_expire_at: '2026-11-22T10:30:00.000Z',
    modules: [
      { id: 'mod_1', title: 'Welcome', order: 1, videos: [makeVideo(1), makeVideo(2)] },
      { id: 'mod_2', title: 'First steps', order: 2, videos: [makeVideo(3)] },
    ],
    files: [{ id: 'fil_1', title: 'Palette', size_bytes: 48_213, media_type: 'application/pdf' }],
    ...change,
  };
}

export function makeSummary(change: Partial<CourseSummary> = {}): CourseSummary {
  return {
    id: 'crs_1',
    title: 'Watercolour',
    description: '',
    cover_url: null,
    access: { until: null },
    progress: { completed: 2, total: 7 },
    duration_seconds: 3011.2,
    last_watched_at: '2026-11-20T09:30:00Z',
    continue_with: null,
    ...change,
  };
}

/** Returns an API that answers everything as for a customer with one course; `change` makes it answer otherwise. */
export function fakeApi(change: Partial<Api> = {}): Api {
  const course = makeCourse();
  return {
    me: async () => ({
      customer: { id: 'cus_1', email: 'ada@example.com' },
      shop: { name: 'Paper & Pigment', url: 'https://shop.example.com/' },
    }),
    courses: async () => ({ items: [makeSummary()], next: null }),
    course: async () => course,
    playback: async (id) => ({
      id,
      url: 'https://media.example.com/again',
      links_expire_at: '2026-11-22T10:30:00.000Z',
      poster_url: null,
      captions: [],
      progress: { position_seconds: 0, completed_at: null, updated_at: null },
    }),
    saveProgress: async () => ({ position_seconds: 0, completed_at: null, updated_at: null }),
    downloads: async () => ({ items: [], next: null }),
    downloadLink: async (id) => ({
      url: `https://media.example.com/${id}`,
      expires_at: '2026-11-22T10:01:00.000Z',
    }),
    signOut: async () => {},
    ...change,
  };
}

export function fakeServices(api: Api = fakeApi()): Services {
  const store = forgetfulStorage();
  return {
    api,
    outbox: new ProgressOutbox({
      send: (videoId, report, options) => api.saveProgress(videoId, report, options),
      store,
      now: () => new Date(0),
    }),
    preferences: new Preferences(store),
    router: new Router(),
  };
}
