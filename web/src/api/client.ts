import type {
  Course,
  CourseSummary,
  Download,
  DownloadLink,
  Me,
  Page,
  Playback,
  Problem,
  ProgressReport,
  VideoProgress,
} from './types';

/** A request that did not get what it asked for. */
export class ApiError extends Error {
  /** `status` is 0 when no answer came at all; `code` is the API's stable code, or `no_answer`, or `http_<status>`. */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly requestId: string | null = null,
  ) {
    super(code);
    this.name = 'ApiError';
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }

  /** Says whether the same request may well succeed later: no answer, too many requests, or the server's own trouble. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export interface Api {
  me(signal?: AbortSignal): Promise<Me>;
  courses(cursor?: string | null, signal?: AbortSignal): Promise<Page<CourseSummary>>;
  course(id: string, signal?: AbortSignal): Promise<Course>;
  playback(videoId: string, signal?: AbortSignal): Promise<Playback>;
  saveProgress(
    videoId: string,
    report: ProgressReport,
    options?: { outlivesPage?: boolean },
  ): Promise<VideoProgress>;
  downloads(cursor?: string | null, signal?: AbortSignal): Promise<Page<Download>>;
  downloadLink(fileId: string): Promise<DownloadLink>;
  /** Asks for a mail with a link and a code; tells nothing about the address. */
  askToSignIn(email: string): Promise<void>;
  confirmSignIn(proof: { token: string } | { code: string }): Promise<void>;
  signOut(): Promise<void>;
}

interface Request {
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Lets the request finish though the page is going away. */
  keepalive?: boolean;
}

/** Sends one request and returns its answer; whatever fails is an `ApiError`. */
export type Ask = <Answer>(method: string, path: string, request?: Request) => Promise<Answer>;

/** Makes what asks the API under `base` ('' for the same origin), authenticated by the session cookie. */
export function createAsk(base = '', send: typeof fetch = (...request) => fetch(...request)): Ask {
  return async function ask<Answer>(
    method: string,
    path: string,
    request: Request = {},
  ): Promise<Answer> {
    const response = await attempt(method, path, request);
    if (!response.ok) throw await toError(response);
    if (response.status === 204) return undefined as Answer;
    return (await response.json()) as Answer;
  };

  async function attempt(method: string, path: string, request: Request): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    // Always JSON, even without a body: a form of another site cannot send that without asking first.
    if (method !== 'GET') headers['content-type'] = 'application/json';
    const init: RequestInit = { method, headers, credentials: 'same-origin' };
    if (method !== 'GET') init.body = JSON.stringify(request.body ?? {});
    if (request.signal) init.signal = request.signal;
    if (request.keepalive) init.keepalive = true;
    try {
      return await send(base + path, init);
    } catch (cause) {
      if (request.signal?.aborted) throw cause;
      throw new ApiError(0, 'no_answer');
    }
  }
}

/** Makes a client of the customer's API. */
export function createApi(base?: string, send?: typeof fetch): Api {
  const ask = createAsk(base, send);
  const part = encodeURIComponent;
  return {
    me: (signal) => ask('GET', '/api/me', { signal }),
    courses: (cursor, signal) => ask('GET', `/api/courses${page(cursor)}`, { signal }),
    course: (id, signal) => ask('GET', `/api/courses/${part(id)}`, { signal }),
    playback: (videoId, signal) => ask('GET', `/api/videos/${part(videoId)}/playback`, { signal }),
    saveProgress: (videoId, report, options) =>
      ask('PUT', `/api/videos/${part(videoId)}/progress`, {
        body: report,
        keepalive: options?.outlivesPage ?? false,
      }),
    downloads: (cursor, signal) => ask('GET', `/api/downloads${page(cursor)}`, { signal }),
    downloadLink: (fileId) => ask('POST', `/api/downloads/${part(fileId)}/link`),
    askToSignIn: async (email) => void (await ask('POST', '/api/sign-in', { body: { email } })),
    confirmSignIn: (proof) => ask('POST', '/api/sign-in/confirm', { body: proof }),
    signOut: () => ask('POST', '/api/sign-out'),
  };
}

function page(cursor: string | null | undefined): string {
  return cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
}

async function toError(response: Response): Promise<ApiError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  const problem = isProblem
    ? await (response.json() as Promise<Partial<Problem>>).catch(() => null)
    : null;
  return new ApiError(
    response.status,
    problem?.code ?? `http_${response.status}`,
    problem?.request_id ?? response.headers.get('x-request-id'),
  );
}
