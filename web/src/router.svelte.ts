/** Where the page is. A lesson is part of its course's address, so that Back, reload and a middle click all work. */
export type Route =
  | { name: 'library' }
  | { name: 'course'; courseId: string; lessonId: string | null }
  | { name: 'sign-in' }
  | { name: 'account' }
  | { name: 'admin'; page: AdminPage }
  | { name: 'unknown' };

/** The pages of administrators; `/admin` alone is their account. */
export type AdminPage = 'link' | 'sign-in' | 'account';

export function parseRoute(url: URL): Route {
  const [first, second, ...rest] = url.pathname.split('/').filter(Boolean);
  if (first === undefined) return { name: 'library' };
  if ((first === 'sign-in' || first === 'account') && second === undefined) return { name: first };
  if (first === 'admin' && rest.length === 0) {
    const page = second ?? 'account';
    if (page === 'link' || page === 'sign-in' || page === 'account') return { name: first, page };
  }
  if (first === 'courses' && second !== undefined && rest.length === 0) {
    return { name: 'course', courseId: decode(second), lessonId: url.searchParams.get('lesson') };
  }
  return { name: 'unknown' };
}

export function courseHref(courseId: string, lessonId?: string): string {
  const course = `/courses/${encodeURIComponent(courseId)}`;
  return lessonId ? `${course}?lesson=${encodeURIComponent(lessonId)}` : course;
}

/** Follows the History API: our own links change the page without loading it anew. */
export class Router {
  #url = $state.raw(new URL(location.href));
  readonly route = $derived(parseRoute(this.#url));

  /** Starts to follow Back and Forward; returns how to stop. */
  listen(): () => void {
    const onMove = () => (this.#url = new URL(location.href));
    window.addEventListener('popstate', onMove);
    return () => window.removeEventListener('popstate', onMove);
  }

  go(href: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'push') history.pushState(null, '', href);
    else history.replaceState(null, '', href);
    this.#url = new URL(location.href);
  }

  /** Takes a plain click on one of our own links; leaves new tabs, downloads and other sites to the browser. */
  follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!link || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href, location.href);
    const isSamePage = url.pathname === location.pathname && url.search === location.search;
    if (url.origin !== location.origin || parseRoute(url).name === 'unknown') return;
    if (isSamePage && url.hash) return;
    event.preventDefault();
    this.go(url.href, isSamePage ? 'replace' : 'push');
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
