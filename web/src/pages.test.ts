import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import type { Component } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError, type Api } from './api/client';
import App from './App.svelte';
import Course from './course/Course.svelte';
import FileList from './downloads/FileList.svelte';
import SignIn from './session/SignIn.svelte';
import { fakeApi, fakeServices, makeCourse, makeSummary, makeVideo } from './testing/fixtures';
import WithServices from './testing/WithServices.svelte';

beforeEach(() => {
  history.replaceState(null, '', '/');
  // The browser of these tests decodes nothing.
  vi.spyOn(HTMLMediaElement.prototype, 'load').mockImplementation(() => {});
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(() => {});
});

function show<Props extends Record<string, unknown>>(
  component: Component<Props>,
  props: Props,
  api: Api = fakeApi(),
) {
  const services = fakeServices(api);
  render(WithServices, {
    props: {
      services,
      component: component as unknown as Component<Record<string, unknown>>,
      props,
    },
  });
  return services;
}

function open(path: string, api: Partial<Api> = {}) {
  history.replaceState(null, '', path);
  const services = fakeServices(fakeApi(api));
  render(App, { props: { services } });
  return services;
}

const refuse = (error: Error) => () => Promise.reject(error);

test('the library shows what one owns and how far one is', async () => {
  open('/');
  expect(await screen.findByRole('link', { name: 'Watercolour' })).toHaveProperty(
    'pathname',
    '/courses/crs_1',
  );
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('29');
  expect(screen.getByText('2 of 7 lessons')).toBeTruthy();
  expect(await screen.findByText('Paper & Pigment')).toBeTruthy();
});

test('the banner leads to the lesson one left', async () => {
  const continue_with = {
    video_id: 'vid_3',
    title: 'Your first wash',
    module_title: 'First steps',
    position_seconds: 33,
    duration_seconds: 333,
  };
  open('/', {
    courses: async () => ({ items: [makeSummary({ continue_with })], next: null }),
  });
  const link = await screen.findByRole('link', { name: 'Continue watching' });
  expect(link.getAttribute('href')).toBe('/courses/crs_1?lesson=vid_3');
  expect(screen.getByText('5 min left')).toBeTruthy();
});

test('an empty library points to the shop', async () => {
  open('/', { courses: async () => ({ items: [], next: null }) });
  expect(await screen.findByRole('heading', { name: 'No courses yet' })).toBeTruthy();
  const link = await screen.findByRole('link', { name: 'Visit Paper & Pigment' });
  expect(link.getAttribute('href')).toBe('https://shop.example.com/');
});

test('a library that did not load can be tried again', async () => {
  const courses = vi
    .fn<Api['courses']>()
    .mockRejectedValueOnce(new ApiError(503, 'unavailable', 'req_1'))
    .mockResolvedValue({ items: [makeSummary()], next: null });
  open('/', { courses });
  expect(await screen.findByText('req_1')).toBeTruthy();
  screen.getByRole('button', { name: 'Try again' }).click();
  expect(await screen.findByRole('link', { name: 'Watercolour' })).toBeTruthy();
});

test('somebody who is not signed in learns where the link is', async () => {
  const error = new ApiError(401, 'not_signed_in');
  open('/', { me: refuse(error), courses: refuse(error), downloads: refuse(error) });
  expect(await screen.findByRole('heading', { name: 'Please sign in' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Sign out' })).toBeNull();
});

test('signing out leaves nothing on the page', async () => {
  const signOut = vi.fn(async () => {});
  open('/', { signOut });
  (await screen.findByRole('button', { name: 'Sign out' })).click();
  expect(await screen.findByRole('heading', { name: 'Please sign in' })).toBeTruthy();
  expect(signOut).toHaveBeenCalledOnce();
  expect(screen.queryByRole('link', { name: 'Watercolour' })).toBeNull();
});

test('further pages of courses come on request', async () => {
  const courses = vi.fn<Api['courses']>(async (cursor) =>
    cursor === 'c2'
      ? { items: [makeSummary({ id: 'crs_2', title: 'Linocut' })], next: null }
      : { items: [makeSummary()], next: 'c2' },
  );
  open('/', { courses });
  (await screen.findByRole('button', { name: 'Show more' })).click();
  expect(await screen.findByRole('link', { name: 'Linocut' })).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Watercolour' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

function showCourse(lessonId: string | null, api: Partial<Api> = {}) {
  return show(Course, { courseId: 'crs_1', lessonId, ontitle: () => {} }, fakeApi(api));
}

test('the outline marks where one is and what is done', async () => {
  const done = makeVideo(1, { completed_at: '2026-11-20T10:00:00Z' });
  const course = makeCourse({
    modules: [{ id: 'mod_1', title: 'Welcome', order: 1, videos: [done, makeVideo(2)] }],
  });
  showCourse('vid_2', { course: async () => course });
  const current = await screen.findByRole('link', { name: /Lesson 2/, current: true });
  expect(current.getAttribute('href')).toBe('/courses/crs_1?lesson=vid_2');
  expect(screen.getByRole('link', { name: /Lesson 1\s*, completed/ })).toBeTruthy();
  expect(screen.getByText(/50% complete · 1 of 2 lessons/)).toBeTruthy();
});

test('a course opened without a lesson goes to the first one', async () => {
  const { router } = showCourse(null);
  await waitFor(() =>
    expect(router.route).toEqual({ name: 'course', courseId: 'crs_1', lessonId: 'vid_1' }),
  );
});

test('a lesson is marked as complete by hand, and unmarked', async () => {
  const saveProgress = vi.fn(fakeApi().saveProgress);
  showCourse('vid_1', { saveProgress });
  const button = await screen.findByRole('button', { name: 'Mark as complete' });
  button.click();
  await waitFor(() => expect(button.getAttribute('aria-pressed')).toBe('true'));
  button.click();
  await waitFor(() => expect(button.getAttribute('aria-pressed')).toBe('false'));
  await waitFor(() => expect(saveProgress).toHaveBeenCalledTimes(2));
  expect(saveProgress.mock.calls.map(([, report]) => report.completed)).toEqual([true, false]);
});

test('the first lesson has no previous one and the last no next', async () => {
  showCourse('vid_1');
  expect(await screen.findByRole('button', { name: 'Previous' })).toHaveProperty('disabled', true);
  expect(screen.getByRole('link', { name: 'Next' }).getAttribute('href')).toBe(
    '/courses/crs_1?lesson=vid_2',
  );
});

test('a lesson left in the middle offers to resume there', async () => {
  const course = makeCourse();
  course.modules[0]!.videos[0] = makeVideo(1, { position_seconds: 63 });
  showCourse('vid_1', { course: async () => course });
  expect(await screen.findByRole('button', { name: 'Resume at 1:00' })).toBeTruthy();
});

test('another lesson of the same course plays in the same player without loading the course again', async () => {
  const course = vi.fn(async () => makeCourse());
  const { router } = open('/courses/crs_1?lesson=vid_1', { course });
  const player = await screen.findByRole('region', { name: 'Video player: Lesson 1' });
  const video = player.querySelector('video');
  router.go('/courses/crs_1?lesson=vid_2');
  expect(await screen.findByRole('region', { name: 'Video player: Lesson 2' })).toBe(player);
  expect(player.querySelector('video')).toBe(video);
  expect(video?.src).toBe('https://media.example.com/2');
  expect(course).toHaveBeenCalledOnce();
});

test('a new speed or volume does not start the lesson again', async () => {
  showCourse('vid_1');
  const player = await screen.findByRole('region', { name: /Video player/ });
  const loads = vi.mocked(HTMLMediaElement.prototype.load).mock.calls.length;
  for (const key of ['>', 'm', 'ArrowDown']) {
    window.dispatchEvent(new KeyboardEvent('keydown', { key }));
  }
  const video = player.querySelector('video');
  await waitFor(() => expect(video?.playbackRate).toBe(1.25));
  expect(HTMLMediaElement.prototype.load).toHaveBeenCalledTimes(loads);
});

test('full screen shows the player with its controls, not the bare video', async () => {
  const requestFullscreen = vi.fn(async () => {});
  Object.assign(HTMLElement.prototype, { requestFullscreen });
  showCourse('vid_1');
  const player = await screen.findByRole('region', { name: /Video player/ });
  screen.getByRole('button', { name: 'Full screen' }).click();
  expect(requestFullscreen.mock.contexts).toEqual([player]);
});

test('a course that is not owned and one that does not exist look the same', async () => {
  showCourse(null, { course: refuse(new ApiError(404, 'not_found')) });
  expect(
    await screen.findByRole('heading', { name: 'This course is not in your library' }),
  ).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Go to My Courses' }).getAttribute('href')).toBe('/');
});

test('a course without lessons says so', async () => {
  showCourse(null, { course: async () => makeCourse({ modules: [] }) });
  expect(await screen.findByText('The first lesson is on its way')).toBeTruthy();
});

test('a sign-in link is used only when the button is pressed', async () => {
  const confirmSignIn = vi.fn(async () => {});
  const onsignedin = vi.fn();
  show(SignIn, { fragment: '#token=abc', onsignedin }, fakeApi({ confirmSignIn }));
  const button = screen.getByRole('button', { name: 'Continue to My Courses' });
  expect(confirmSignIn).not.toHaveBeenCalled();
  button.click();
  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(confirmSignIn).toHaveBeenCalledExactlyOnceWith({ token: 'abc' });
});

test('a link that is opened where the page asks for the code is followed', async () => {
  const confirmSignIn = vi.fn(async () => {});
  history.replaceState(null, '', '/sign-in');
  show(SignIn, { onsignedin: () => {} }, fakeApi({ confirmSignIn }));
  expect(screen.getByLabelText('E-mail address')).toBeTruthy();
  history.replaceState(null, '', '/sign-in#token=abc');
  window.dispatchEvent(new Event('hashchange'));
  (await screen.findByRole('button', { name: 'Continue to My Courses' })).click();
  await waitFor(() => expect(confirmSignIn).toHaveBeenCalledExactlyOnceWith({ token: 'abc' }));
});

test('an administrator sees nothing of the customer', async () => {
  const me = vi.fn(refuse(new ApiError(401, 'not_signed_in')));
  open('/admin/sign-in', { me });
  expect(await screen.findByLabelText('Code of your app')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'My Courses' })).toBeNull();
  expect(document.title).toBe('Sign in · Administration');
  expect(me).not.toHaveBeenCalled();
});

test('the account is for who is signed in', async () => {
  const error = new ApiError(401, 'not_signed_in');
  open('/account', { me: refuse(error) });
  expect(await screen.findByRole('heading', { name: 'Please sign in' })).toBeTruthy();
});

test('a used sign-in link is explained', async () => {
  const onsignedin = vi.fn();
  const confirmSignIn = refuse(new ApiError(400, 'link_not_valid'));
  show(SignIn, { fragment: '#token=abc', onsignedin }, fakeApi({ confirmSignIn }));
  screen.getByRole('button').click();
  expect(await screen.findByRole('heading', { name: 'This link no longer works' })).toBeTruthy();
  expect(onsignedin).not.toHaveBeenCalled();
});

test('a sign-in link that could not be checked may be tried again', async () => {
  const confirmSignIn = refuse(new ApiError(0, 'no_answer'));
  show(SignIn, { fragment: '#token=abc', onsignedin: () => {} }, fakeApi({ confirmSignIn }));
  const button = screen.getByRole('button');
  button.click();
  expect(await screen.findByText(/Your link is still good/)).toBeTruthy();
  expect(screen.getByRole('button')).toHaveProperty('disabled', false);
});

test('a link that was asked for elsewhere says so, and leads to a new mail', async () => {
  const confirmSignIn = refuse(new ApiError(400, 'other_browser'));
  show(SignIn, { fragment: '#token=abc', onsignedin: () => {} }, fakeApi({ confirmSignIn }));
  screen.getByRole('button').click();
  expect(
    await screen.findByRole('heading', { name: 'This link belongs to another browser' }),
  ).toBeTruthy();
  screen.getByRole('button', { name: 'Ask for a new mail' }).click();
  const email = await screen.findByLabelText('E-mail address');
  await waitFor(() => expect(document.activeElement).toBe(email));
});

/** Types an address and sends it. */
async function askForCode(api: ReturnType<typeof fakeApi>, onsignedin = () => {}) {
  show(SignIn, { fragment: '', onsignedin }, api);
  const email = screen.getByLabelText('E-mail address');
  await fireEvent.input(email, { target: { value: ' ada@example.com ' } });
  screen.getByRole('button', { name: 'Send me a code' }).click();
}

async function typeCode(typed: string) {
  await fireEvent.input(await screen.findByLabelText('Code'), { target: { value: typed } });
  screen.getByRole('button', { name: 'Sign in' }).click();
}

test('whoever types her address and then the code is in', async () => {
  const askToSignIn = vi.fn(async () => {});
  const confirmSignIn = vi.fn(async () => {});
  const onsignedin = vi.fn();
  await askForCode(fakeApi({ askToSignIn, confirmSignIn }), onsignedin);
  expect(await screen.findByRole('heading', { name: 'Look into your mail' })).toBeTruthy();
  expect(askToSignIn).toHaveBeenCalledExactlyOnceWith('ada@example.com');
  const field = screen.getByLabelText('Code');
  expect(field.getAttribute('autocomplete')).toBe('one-time-code');
  expect(document.activeElement).toBe(field);
  await typeCode('042 195');
  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(confirmSignIn).toHaveBeenCalledExactlyOnceWith({ code: '042 195' });
});

test('a wrong code is said, and one that no longer works leads back to the address', async () => {
  const answers = ['wrong_code', 'code_not_valid'];
  const confirmSignIn = vi.fn(async () => {
    throw new ApiError(400, answers.shift() ?? '');
  });
  await askForCode(fakeApi({ confirmSignIn }));
  await typeCode('12');
  expect((await screen.findByRole('alert')).textContent).toBe('The code has six digits.');
  expect(confirmSignIn).not.toHaveBeenCalled();
  await typeCode('123456');
  expect(await screen.findByText(/That is not the code/)).toBeTruthy();
  await typeCode('123457');
  expect(await screen.findByText(/This code no longer works/)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>('E-mail address').value).toContain('ada@');
});

test('who asks too often is told to wait', async () => {
  await askForCode(fakeApi({ askToSignIn: refuse(new ApiError(429, 'too_often')) }));
  expect(await screen.findByText(/That was too often/)).toBeTruthy();
});

test('what is no address is said', async () => {
  const askToSignIn = refuse(new ApiError(422, 'invalid_body'));
  await askForCode(fakeApi({ askToSignIn }));
  expect(await screen.findByText(/whole e-mail address/)).toBeTruthy();
});

test('a download gets its link when it is asked for', async () => {
  const downloadLink = vi.fn(fakeApi().downloadLink);
  const onlink = vi.fn();
  show(FileList, { files: makeCourse().files, onlink }, fakeApi({ downloadLink }));
  expect(screen.getByText(/PDF · 48 kB/)).toBeTruthy();
  expect(downloadLink).not.toHaveBeenCalled();
  screen.getByRole('button', { name: /^Download Palette/ }).click();
  await waitFor(() => expect(onlink).toHaveBeenCalledWith('https://media.example.com/fil_1'));
});

test('a download that fails says so beside the file', async () => {
  const api = fakeApi({ downloadLink: refuse(new ApiError(404, 'not_found')) });
  show(FileList, { files: makeCourse().files, onlink: () => {} }, api);
  screen.getByRole('button').click();
  expect(await screen.findByText('This file is no longer in your library.')).toBeTruthy();
});
