/**
 * A stand-in for the server, for work on the pages: `node dev/mock.mjs path/to/clip.mp4`.
 *
 * Serves dist under the real content security policy, the customer's API from memory, and the clip, looped into a lesson,
 * from a second port under addresses that expire. A cookie `mock` chooses what goes wrong: `empty`, `signed-out`,
 * `error`, `slow`, `many`. `MOCK_LINK_SECONDS` sets how long links live (default 1800).
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { courses, downloads, manyCourses, me } from './mock-data.mjs';

const PORT = Number(process.env.MOCK_PORT ?? 8787);
const MEDIA_PORT = PORT + 1;
const LINK_SECONDS = Number(process.env.MOCK_LINK_SECONDS ?? 1800);
const HERE = new URL('.', import.meta.url).pathname;
const DIST = join(HERE, '../dist');
const VIDEO = join(HERE, '.media/lesson.mp4');
const MEDIA = `http://127.0.0.1:${MEDIA_PORT}`;
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  `img-src 'self' data: ${MEDIA}`,
  `media-src ${MEDIA} blob:`,
  `connect-src 'self' ${MEDIA}`,
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

/** Where one is signed in. */
let sessions = ['Firefox on Linux', 'Safari on iPhone', 'Chrome on Windows'].map((label, age) => ({
  id: `ses_${age}`,
  label,
  created_at: new Date(Date.now() - age * 40 * 3_600_000).toISOString(),
  seen_at: new Date(Date.now() - age * 30 * 3_600_000).toISOString(),
  is_this_one: age === 0,
}));

/** Video id → what was reported. */
const progress = new Map();

prepareVideo(process.argv[2]);
createServer((request, response) => {
  const url = new URL(request.url, 'http://mock');
  const answer = url.pathname.startsWith('/api/') ? api : page;
  Promise.resolve(answer(request, response, url)).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
}).listen(PORT, '127.0.0.1', () => console.log(`pages on http://127.0.0.1:${PORT}`));
createServer(media).listen(MEDIA_PORT, '127.0.0.1');

/** Makes a lesson of 100 s from a short clip, once. */
function prepareVideo(clip) {
  if (existsSync(VIDEO)) return;
  if (!clip) {
    console.error('usage: node dev/mock.mjs path/to/clip.mp4');
    process.exit(1);
  }
  mkdirSync(join(HERE, '.media'), { recursive: true });
  const options = ['-c', 'copy', '-t', '100', '-movflags', '+faststart'];
  execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', '40', '-i', clip, ...options, VIDEO]);
}

function page(_request, response, url) {
  const wanted = join(DIST, normalize(url.pathname));
  const isFile = existsSync(wanted) && statSync(wanted).isFile();
  const path = isFile ? wanted : join(DIST, 'index.html');
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'x-content-type-options': 'nosniff',
  });
  response.end(readFileSync(path));
}

async function api(request, response, url) {
  const mode = /(?:^|; )mock=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const body = await readBody(request);
  const [resource, id, action] = url.pathname.split('/').slice(2);
  if (mode === 'slow') await new Promise((resolve) => setTimeout(resolve, 3000));
  const isSigningIn = resource === 'sign-in' || resource === 'sign-out';
  if (mode === 'signed-out' && !isSigningIn) return problem(response, 401, 'not_signed_in');
  if (mode === 'error' && resource !== 'me') return problem(response, 503, 'unavailable');

  if (resource === 'me' && id === 'sessions') return aboutSessions(request, response, action);
  switch (`${request.method} ${resource} ${action ?? ''}`.trim()) {
    case 'GET me':
      return json(response, me);
    case 'GET courses':
      return id ? showCourse(response, id) : listCourses(response, mode);
    case 'GET downloads':
      return json(response, { items: mode === 'empty' ? [] : downloads, next: null });
    case 'POST downloads link':
      return json(response, { url: `${MEDIA}/file/${id}`, expires_at: expiry() });
    case 'GET videos playback': {
      const video = allVideos().find((candidate) => candidate.id === id);
      if (!video) return problem(response, 404, 'not_found');
      const { url: address, poster_url, captions, progress: at } = withState(video);
      const links_expire_at = expiry();
      return json(response, {
        id,
        url: address,
        links_expire_at,
        poster_url,
        captions,
        progress: at,
      });
    }
    case 'PUT videos progress':
      return json(response, report(id, body));
    case 'POST sign-in':
      if (id !== 'confirm') return response.writeHead(202).end('{}');
      if (body.code !== undefined && body.code !== '042195')
        return problem(response, 400, 'wrong_code');
      if (body.token === 'elsewhere') return problem(response, 400, 'other_browser');
      if (body.token !== undefined && body.token !== 'good')
        return problem(response, 400, 'link_not_valid');
      return response.writeHead(204).end();
    case 'POST sign-out':
      return response.writeHead(204).end();
    default:
      return problem(response, 404, 'not_found');
  }
}

function aboutSessions(request, response, action) {
  if (request.method === 'GET') return json(response, { items: sessions, next: null });
  sessions = sessions.filter((one) => one.is_this_one || action !== 'end-others');
  sessions = sessions.filter((one) => one.id !== action);
  return response.writeHead(204).end();
}

function listCourses(response, mode) {
  const owned = mode === 'empty' ? [] : mode === 'many' ? manyCourses() : courses;
  json(response, { items: owned.map(summary), next: null });
}

function showCourse(response, id) {
  const course = courses.find((candidate) => candidate.id === id);
  if (!course) return problem(response, 404, 'not_found');
  const modules = course.modules.map((module) => ({
    ...module,
    videos: module.videos.map(withState),
  }));
  json(response, {
    ...course,
    modules,
    progress: completion(modules),
    links_expire_at: expiry(),
    last_watched_at: undefined,
  });
}

function summary(course) {
  const modules = course.modules.map((module) => ({
    ...module,
    videos: module.videos.map(withState),
  }));
  const videos = modules.flatMap((module) => module.videos);
  const next = course.last_watched_at
    ? videos.find((video) => video.progress.completed_at === null)
    : undefined;
  return {
    id: course.id,
    title: course.title,
    description: course.description,
    cover_url: course.cover_url,
    access: course.access,
    progress: completion(modules),
    duration_seconds: videos.reduce((sum, video) => sum + video.duration_seconds, 0),
    last_watched_at: course.last_watched_at,
    continue_with: next
      ? {
          video_id: next.id,
          title: next.title,
          module_title: modules.find((module) => module.videos.includes(next)).title,
          position_seconds: next.progress.position_seconds,
          duration_seconds: next.duration_seconds,
        }
      : null,
  };
}

function completion(modules) {
  const videos = modules.flatMap((module) => module.videos);
  const completed = videos.filter((video) => video.progress.completed_at !== null).length;
  return { completed, total: videos.length };
}

function withState(video) {
  const url = `${MEDIA}/${video.id}/v.mp4?Expires=${Date.now() + LINK_SECONDS * 1000}`;
  return { ...video, url, progress: progress.get(video.id) ?? video.progress };
}

function allVideos() {
  return courses.flatMap((course) => course.modules.flatMap((module) => module.videos));
}

function report(id, body) {
  const before = progress.get(id) ?? allVideos().find((video) => video.id === id).progress;
  const after = {
    position_seconds: body.position_seconds,
    completed_at:
      body.completed === undefined
        ? before.completed_at
        : body.completed
          ? (before.completed_at ?? body.client_time)
          : null,
    updated_at: body.client_time,
  };
  progress.set(id, after);
  console.log('progress', id, JSON.stringify(body));
  return after;
}

function expiry() {
  return new Date(Date.now() + LINK_SECONDS * 1000).toISOString();
}

async function readBody(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

function json(response, value) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function problem(response, status, code) {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(
    JSON.stringify({ type: 'about:blank', title: code, status, code, request_id: 'req_mock' }),
  );
}

/** Serves ranges of the lesson, and 403 once an address has expired. */
function media(request, response) {
  const url = new URL(request.url, MEDIA);
  if (url.pathname.startsWith('/file/')) {
    response.writeHead(200, { 'content-disposition': 'attachment; filename="example.txt"' });
    return response.end('a file\n');
  }
  if (Date.now() > Number(url.searchParams.get('Expires'))) return response.writeHead(403).end();
  const size = statSync(VIDEO).size;
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = from ? Number(from) : to ? size - Number(to) : 0;
  const end = from && to ? Math.min(Number(to), size - 1) : size - 1;
  const isPart = request.headers.range !== undefined;
  response.writeHead(isPart ? 206 : 200, {
    'content-type': 'video/mp4',
    'accept-ranges': 'bytes',
    'access-control-allow-origin': '*',
    'content-length': end - start + 1,
    ...(isPart ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
  });
  createReadStream(VIDEO, { start, end })
    .on('error', () => response.destroy())
    .pipe(response);
}
