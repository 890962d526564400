// The API as the signed-in browser reaches it, and the network below any browser.
import { request as send } from 'node:http';
import type { APIResponse, BrowserContext, Page } from '@playwright/test';
import type { Demo } from './demo';

export interface Video {
  id: string;
  title: string;
  url: string;
  duration_seconds: number;
  progress: { position_seconds: number; completed_at: string | null };
}

export interface Course {
  id: string;
  title: string;
  modules: { title: string; videos: Video[] }[];
  files: { id: string; title: string }[];
}

/** Asks the API with the session of this browser. */
export function ask(context: BrowserContext, demo: Demo, path: string): Promise<APIResponse> {
  return context.request.get(`${demo.url}${path}`);
}

/** Returns the titles of the courses that My Courses lists. */
export async function courseTitles(context: BrowserContext, demo: Demo): Promise<string[]> {
  const list = (await (await ask(context, demo, '/api/courses')).json()) as { items: Course[] };
  return list.items.map((course) => course.title);
}

/** Reads the course whose page is open. */
export async function openCourse(page: Page, demo: Demo): Promise<Course> {
  const id = /crs_[0-9A-Za-z]+/.exec(page.url())?.[0];
  return (await (await ask(page.context(), demo, `/api/courses/${id}`)).json()) as Course;
}

export function videosOf(course: Course): Video[] {
  return course.modules.flatMap((module) => module.videos);
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Sends a request exactly as written: no browser or library mends the address or the headers. */
export function fetchRaw(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const path = url.replace(/^http:\/\/[^/]+/, '');
  return new Promise((resolve, reject) => {
    const request = send({ hostname, port, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body: Buffer.concat(parts),
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}
