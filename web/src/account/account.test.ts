import { render, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { ApiError } from '../api/client';
import Account from './Account.svelte';
import type { Session, Sessions } from './sessions';

function makeSession(id: string, change: Partial<Session> = {}): Session {
  const time = '2026-11-20T10:00:00Z';
  return {
    id,
    label: 'Firefox on Linux',
    created_at: time,
    seen_at: time,
    is_this_one: false,
    ...change,
  };
}

/** Sessions that end when they are ended. */
function fakeSessions(change: Partial<Sessions> = {}): Sessions {
  let open = [
    makeSession('ses_1', { is_this_one: true }),
    makeSession('ses_2', { label: 'Safari on iPhone' }),
    makeSession('ses_3', { label: '' }),
  ];
  return {
    list: async () => open,
    end: async (id) => void (open = open.filter((one) => one.id !== id)),
    endOthers: async () => void (open = open.filter((one) => one.is_this_one)),
    ...change,
  };
}

test('she sees every browser, and this one is marked and stays', async () => {
  render(Account, { props: { email: 'ada@example.com', sessions: fakeSessions() } });
  expect(await screen.findAllByRole('listitem')).toHaveLength(3);
  expect(screen.getByText('Signed in as ada@example.com')).toBeTruthy();
  const here = screen.getByText('This browser').closest('li');
  expect(here?.textContent).toContain('Firefox on Linux');
  expect(here?.querySelector('button')).toBeNull();
  expect(
    screen.getByRole('button', { name: /^End A browser, last used: \d+ days ago$/ }),
  ).toBeTruthy();
});

test('one is ended, then all others', async () => {
  render(Account, { props: { email: null, sessions: fakeSessions() } });
  (await screen.findByRole('button', { name: /^End Safari/ })).click();
  await waitFor(() => expect(screen.getByRole('status').textContent?.trim()).toBe('Ended.'));
  expect(screen.queryByText('Safari on iPhone')).toBeNull();
  screen.getByRole('button', { name: 'End all others' }).click();
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(1));
  expect(screen.queryByRole('button', { name: 'End all others' })).toBeNull();
});

test('what did not work is said, and the list stays', async () => {
  const end = () => Promise.reject(new ApiError(503, 'unavailable'));
  render(Account, { props: { email: null, sessions: fakeSessions({ end }) } });
  (await screen.findByRole('button', { name: /^End Safari/ })).click();
  expect(await screen.findByText('That did not work. Please try again.')).toBeTruthy();
  expect(screen.getAllByRole('listitem')).toHaveLength(3);
});
