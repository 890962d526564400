import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/client';
import { fakeAdminApi } from '../testing/admins';
import Account from './Account.svelte';
import type { AdminApi } from './client';
import { createAdminApi } from './client';
import Link from './Link.svelte';
import { appCode, isLongEnough } from './password';
import SignIn from './SignIn.svelte';

const GOOD = 'correct lamp river ninety';
const refuse = (code: string, status = 422) =>
  vi.fn(() => Promise.reject(new ApiError(status, code)));

beforeEach(() => history.replaceState(null, '', '/admin/link#token=abc'));

async function type(label: string, value: string) {
  await fireEvent.input(await screen.findByLabelText(label, { selector: 'input' }), {
    target: { value },
  });
}

function showLink(change: Partial<AdminApi> = {}, ondone = () => {}) {
  const api = fakeAdminApi(change);
  render(Link, { props: { api, fragment: '#token=abc', ondone } });
  return api;
}

async function choose(password: string, code: string) {
  await type('New password', password);
  await type('Code that the app shows now', code);
  screen.getByRole('button', { name: 'Finish' }).click();
}

test('a link is looked at without being used, and used when all is chosen', async () => {
  const finishSetup = vi.fn(fakeAdminApi().finishSetup);
  const beginSetup = vi.fn(fakeAdminApi().beginSetup);
  const ondone = vi.fn();
  showLink({ beginSetup, finishSetup }, ondone);
  expect(await screen.findByRole('heading', { name: 'Welcome, Ann' })).toBeTruthy();
  expect(beginSetup).toHaveBeenCalledExactlyOnceWith('abc');
  expect(screen.getByRole('img', { name: /^QR code/ })).toBeTruthy();
  expect(screen.getByText('GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')).toBeTruthy();
  expect(finishSetup).not.toHaveBeenCalled();
  await choose(GOOD, '123 456');
  expect(await screen.findByRole('heading', { name: 'Your recovery codes' })).toBeTruthy();
  expect(finishSetup).toHaveBeenCalledExactlyOnceWith('abc', { password: GOOD, code: '123456' });
  expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
    'abcd-efgh-ijkl-mnop',
    'qrst-uvwx-yz23-4567',
  ]);
  expect(location.hash).toBe('');
  screen.getByRole('button', { name: 'I have kept them' }).click();
  expect(ondone).toHaveBeenCalledOnce();
});

test('a password that is too short is not sent, and one that is common is told', async () => {
  const finishSetup = refuse('weak_password');
  showLink({ finishSetup });
  await choose('correct lam', '123456');
  expect(screen.getByText('At least 12 characters; 11 so far')).toBeTruthy();
  expect(finishSetup).not.toHaveBeenCalled();
  await choose('passwordpassword', '123456');
  expect(await screen.findByText(/This password is easy to guess/)).toBeTruthy();
  await type('New password', GOOD);
  expect(screen.queryByText(/This password is easy to guess/)).toBeNull();
});

test('a wrong code is told at the code', async () => {
  showLink({ finishSetup: refuse('wrong_app_code') });
  await choose(GOOD, '123456');
  expect(await screen.findByText(/not the code that the app shows now/)).toBeTruthy();
});

test('a link that is used leads to the sign-in, and a server that is away to another try', async () => {
  const beginSetup = vi
    .fn<AdminApi['beginSetup']>()
    .mockRejectedValueOnce(new ApiError(0, 'no_answer'))
    .mockRejectedValue(new ApiError(400, 'link_not_valid'));
  showLink({ beginSetup });
  (await screen.findByRole('button', { name: 'Try again' })).click();
  const way = await screen.findByRole('link', { name: 'Go to sign-in' });
  expect(way.getAttribute('href')).toBe('/admin/sign-in');
  expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
});

test('she signs in by the app or by a recovery code', async () => {
  const signIn = vi
    .fn<AdminApi['signIn']>()
    .mockRejectedValueOnce(new ApiError(429, 'too_often'))
    .mockRejectedValueOnce(new ApiError(401, 'sign_in_refused'))
    .mockResolvedValue();
  const onsignedin = vi.fn();
  render(SignIn, { props: { api: fakeAdminApi({ signIn }), onsignedin } });
  const button = screen.getByRole('button', { name: 'Sign in' });
  button.click();
  expect(await screen.findByText('Please fill in all three.')).toBeTruthy();
  expect(signIn).not.toHaveBeenCalled();
  await type('E-mail address', ' ann@example.com ');
  await type('Password', GOOD);
  await type('Code of your app', '123 456');
  button.click();
  expect(await screen.findByText(/That was too often/)).toBeTruthy();
  button.click();
  expect(await screen.findByText(/Address, password or code is wrong/)).toBeTruthy();
  expect(signIn).toHaveBeenCalledWith({ email: 'ann@example.com', password: GOOD, code: '123456' });
  screen.getByRole('button', { name: 'Use a recovery code instead' }).click();
  const field = await screen.findByLabelText<HTMLInputElement>('Recovery code');
  expect(field.value).toBe('');
  await type('Recovery code', 'abcd efgh');
  button.click();
  await waitFor(() => expect(onsignedin).toHaveBeenCalledOnce());
  expect(signIn).toHaveBeenLastCalledWith({
    email: 'ann@example.com',
    password: GOOD,
    code: 'abcd efgh',
  });
});

function showAccount(change: Partial<AdminApi> = {}) {
  const seen = { onsignedout: vi.fn(), onlink: vi.fn() };
  render(Account, { props: { api: fakeAdminApi(change), ...seen } });
  return seen;
}

test('what is dangerous asks once more who she is, and then does it', async () => {
  const createLink = vi
    .fn<AdminApi['createLink']>()
    .mockRejectedValueOnce(new ApiError(403, 'prove_again'))
    .mockResolvedValue('/admin/link#token=new');
  const prove = vi
    .fn<AdminApi['prove']>()
    .mockRejectedValueOnce(new ApiError(422, 'wrong_proof'))
    .mockResolvedValue();
  const { onlink } = showAccount({ createLink, prove });
  (await screen.findByRole('button', { name: 'Set up another app' })).click();
  await type('Password', 'wrong');
  screen.getByRole('button', { name: 'Go on' }).click();
  expect(await screen.findByText(/That is wrong/)).toBeTruthy();
  await type('Password', GOOD);
  screen.getByRole('button', { name: 'Go on' }).click();
  await waitFor(() => expect(onlink).toHaveBeenCalledExactlyOnceWith('/admin/link#token=new'));
  expect(prove).toHaveBeenLastCalledWith({ password: GOOD });
});

test('who gives up proving it gets nothing done', async () => {
  const renewRecoveryCodes = refuse('prove_again', 403);
  showAccount({ renewRecoveryCodes });
  (await screen.findByRole('button', { name: 'Make new codes' })).click();
  (await screen.findByRole('button', { name: 'Cancel' })).click();
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Make new codes' })).toHaveProperty(
      'disabled',
      false,
    ),
  );
  expect(renewRecoveryCodes).toHaveBeenCalledOnce();
});

test('the account tells who she is, and leads to the sign-in when nobody is', async () => {
  showAccount();
  expect(await screen.findByText('Support: may read, and give and take access')).toBeTruthy();
  expect(screen.getByText('1 code is left.')).toBeTruthy();
  expect(screen.getByText('This browser')).toBeTruthy();
  const { onsignedout } = showAccount({ me: refuse('not_authorized', 401) });
  await waitFor(() => expect(onsignedout).toHaveBeenCalledOnce());
});

test('another password needs the old one', async () => {
  const changePassword = vi
    .fn<AdminApi['changePassword']>()
    .mockRejectedValueOnce(new ApiError(422, 'wrong_proof'))
    .mockResolvedValue();
  showAccount({ changePassword });
  await type('Your password now', 'wrong');
  await type('New password', GOOD);
  const button = screen.getByRole('button', { name: 'Change the password' });
  button.click();
  expect(await screen.findByText('This is not the password that you have.')).toBeTruthy();
  button.click();
  expect(await screen.findByText(/^Changed\./)).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>('New password').value).toBe('');
});

test('characters are counted as the server counts them, and codes sent as apps mean them', () => {
  expect(isLongEnough('🎨'.repeat(11))).toBe(false);
  expect(isLongEnough('🎨'.repeat(12))).toBe(true);
  expect(isLongEnough('x'.repeat(128))).toBe(true);
  expect(isLongEnough('x'.repeat(129))).toBe(false);
  expect(appCode(' 123 456\n')).toBe('123456');
});

test('every request is the one that the API has', async () => {
  const asked: string[] = [];
  const answer = { recovery_codes: ['a'], items: [], url: '/x' };
  const api = createAdminApi((async (
    method: string,
    path: string,
    request?: { body?: unknown },
  ) => {
    asked.push(`${method} ${path} ${JSON.stringify(request?.body ?? null)}`);
    return answer;
  }) as Parameters<typeof createAdminApi>[0]);
  await api.beginSetup('t');
  expect(await api.finishSetup('t', { password: 'p', code: 'c' })).toEqual(['a']);
  await api.signIn({ email: 'e', password: 'p', code: 'c' });
  await api.prove({ code: 'c' });
  await api.changePassword('old', 'new');
  expect(await api.renewRecoveryCodes()).toEqual(['a']);
  expect(await api.createLink()).toBe('/x');
  await api.endSession('ses/1');
  await api.signOut();
  expect(asked).toEqual([
    'POST /api/admin/setup {"token":"t"}',
    'POST /api/admin/setup/confirm {"token":"t","password":"p","code":"c"}',
    'POST /api/admin/session {"email":"e","password":"p","code":"c"}',
    'POST /api/admin/session/prove {"code":"c"}',
    'PUT /api/admin/me/password {"password":"old","new_password":"new"}',
    'POST /api/admin/me/recovery-codes {}',
    'POST /api/admin/me/link null',
    'DELETE /api/admin/me/sessions/ses%2F1 {}',
    'DELETE /api/admin/session {}',
  ]);
});
