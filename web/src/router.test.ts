import { beforeEach, expect, test, vi } from 'vitest';
import { courseHref, parseRoute, Router } from './router.svelte';

const route = (path: string) => parseRoute(new URL(path, 'https://learn.example.com'));

beforeEach(() => history.replaceState(null, '', '/'));

test('addresses become routes', () => {
  expect(route('/')).toEqual({ name: 'library' });
  expect(route('/sign-in#token=x')).toEqual({ name: 'sign-in' });
  expect(route('/account')).toEqual({ name: 'account' });
  expect(route('/admin/link#token=x')).toEqual({ name: 'admin', page: 'link' });
  expect(route('/admin')).toEqual({ name: 'admin', page: 'account' });
  expect(route('/admin/elsewhere')).toEqual({ name: 'unknown' });
  expect(route('/admin/account/1')).toEqual({ name: 'unknown' });
  expect(route('/courses/crs_1')).toEqual({ name: 'course', courseId: 'crs_1', lessonId: null });
  expect(route('/courses/crs_1/?lesson=vid_2')).toMatchObject({ lessonId: 'vid_2' });
  expect(route('/courses')).toEqual({ name: 'unknown' });
  expect(route('/courses/a/b')).toEqual({ name: 'unknown' });
});

test('an address that is no valid encoding is still a course that does not exist', () => {
  expect(route('/courses/%E0%A4%A')).toMatchObject({ name: 'course', courseId: '%E0%A4%A' });
});

test('ids survive the way into an address and back', () => {
  expect(route(courseHref('crs a/b', 'vid?&'))).toEqual({
    name: 'course',
    courseId: 'crs a/b',
    lessonId: 'vid?&',
  });
});

/**
 * Clicks a link and says whether the router took the click. The event only goes to the router: the browser of these
 * tests follows links before anybody could stop it.
 */
function click(router: Router, attributes: string, init: MouseEventInit = {}): boolean {
  document.body.innerHTML = `<a ${attributes}><b>Go</b></a>`;
  const event = new MouseEvent('click', { cancelable: true, ...init });
  const path = [...document.body.querySelectorAll('b, a')].reverse();
  vi.spyOn(event, 'composedPath').mockReturnValue(path);
  router.follow(event);
  return event.defaultPrevented;
}

test('a click on one of our links changes the route without loading the page', () => {
  const router = new Router();
  expect(click(router, 'href="/courses/crs_1?lesson=vid_2"')).toBe(true);
  expect(router.route).toEqual({ name: 'course', courseId: 'crs_1', lessonId: 'vid_2' });
  expect(location.pathname).toBe('/courses/crs_1');
});

test('new tabs, downloads, other sites and unknown pages are left to the browser', () => {
  const router = new Router();
  expect(click(router, 'href="/courses/a"', { ctrlKey: true })).toBe(false);
  expect(click(router, 'href="/courses/a"', { button: 1 })).toBe(false);
  expect(click(router, 'href="/courses/a" download')).toBe(false);
  expect(click(router, 'href="https://shop.example.com/"')).toBe(false);
  expect(click(router, 'href="/docs"')).toBe(false);
  expect(click(router, 'href="#downloads"')).toBe(false);
  expect(router.route).toEqual({ name: 'library' });
});

test('Back returns to the page before', () => {
  const router = new Router();
  const stop = router.listen();
  router.go('/courses/crs_1');
  history.replaceState(null, '', '/');
  window.dispatchEvent(new PopStateEvent('popstate'));
  expect(router.route).toEqual({ name: 'library' });
  stop();
});
