import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { ApiError } from '../api/client';
import Account from './Account.svelte';
import type { Address, Addresses } from './addresses';
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

/** Addresses, of which one more is there when it was added. */
function fakeAddresses(merge = async () => {}): Addresses {
  const known: Address[] = [
    { customer_id: 'cus_1', email: 'ada@example.com' },
    { customer_id: 'cus_2', email: 'ada@work.example' },
  ];
  let shown = 0;
  return { list: async () => known.slice(0, (shown += 1)), merge };
}

/** The browsers that are shown; her addresses are a list of their own, below. */
function browsers(): HTMLElement[] {
  const [list] = screen.getAllByRole('list');
  return list ? within(list).getAllByRole('listitem') : [];
}

test('she sees every browser, and this one is marked and stays', async () => {
  render(Account, {
    props: { email: 'ada@example.com', sessions: fakeSessions(), addresses: fakeAddresses() },
  });
  expect(await screen.findByText('This browser')).toBeTruthy();
  expect(browsers()).toHaveLength(3);
  expect(screen.getByText('Signed in as ada@example.com')).toBeTruthy();
  const here = screen.getByText('This browser').closest('li');
  expect(here?.textContent).toContain('Firefox on Linux');
  expect(here?.querySelector('button')).toBeNull();
  expect(
    screen.getByRole('button', { name: /^End A browser, last used: \d+ days ago$/ }),
  ).toBeTruthy();
});

test('one is ended, then all others', async () => {
  render(Account, { props: { email: null, sessions: fakeSessions(), addresses: fakeAddresses() } });
  (await screen.findByRole('button', { name: /^End Safari/ })).click();
  await waitFor(() => expect(screen.getByText('Ended.').role).toBe('status'));
  expect(screen.queryByText('Safari on iPhone')).toBeNull();
  screen.getByRole('button', { name: 'End all others' }).click();
  await waitFor(() => expect(browsers()).toHaveLength(1));
  expect(screen.queryByRole('button', { name: 'End all others' })).toBeNull();
});

test('what did not work is said, and the list stays', async () => {
  const end = () => Promise.reject(new ApiError(503, 'unavailable'));
  render(Account, {
    props: { email: null, sessions: fakeSessions({ end }), addresses: fakeAddresses() },
  });
  (await screen.findByRole('button', { name: /^End Safari/ })).click();
  expect(await screen.findByText('That did not work. Please try again.')).toBeTruthy();
  expect(browsers()).toHaveLength(3);
});

test('another address is added by a code, and both become one account', async () => {
  const merge = vi.fn(async () => {});
  const confirm = vi.fn(async () => {});
  const onmerged = vi.fn();
  const wayIn = { askForMail: async () => {}, confirm };
  const props = { email: null, sessions: fakeSessions(), wayIn, onmerged };
  render(Account, { props: { ...props, addresses: fakeAddresses(merge) } });
  expect(await screen.findByText('ada@example.com')).toBeTruthy();
  screen.getByRole('button', { name: 'Add another address' }).click();
  const field = await screen.findByLabelText('E-mail address');
  await fireEvent.input(field, { target: { value: 'ada@work.example' } });
  screen.getByRole('button', { name: 'Send me a code' }).click();
  await fireEvent.input(await screen.findByLabelText('Code'), { target: { value: '042195' } });
  screen.getByRole('button', { name: 'Add' }).click();
  expect(await screen.findByText('ada@work.example')).toBeTruthy();
  expect(confirm).toHaveBeenCalledExactlyOnceWith({ code: '042195' });
  screen.getByRole('button', { name: 'Make one account of them' }).click();
  expect(await screen.findByText(/cannot be undone/)).toBeTruthy();
  expect(merge).not.toHaveBeenCalled();
  screen.getByRole('button', { name: 'Make one account' }).click();
  await waitFor(() => expect(onmerged).toHaveBeenCalledOnce());
  expect(merge).toHaveBeenCalledOnce();
});
