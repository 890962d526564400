import { expect, test, vi } from 'vitest';
import { ApiError } from '../api/client';
import type { ProgressReport } from '../api/types';
import { forgetfulStorage } from '../browser-storage';
import { ProgressOutbox } from './outbox';

type Sent = [videoId: string, report: ProgressReport, outlivesPage: boolean];

function setUp(store = forgetfulStorage()) {
  const sent: Sent[] = [];
  let failure: Error | null = null;
  let minute = 0;
  const outbox = new ProgressOutbox({
    store,
    now: () => new Date(Date.UTC(2026, 10, 22, 10, minute++)),
    send: async (videoId, report, { outlivesPage }) => {
      if (failure) throw failure;
      sent.push([videoId, report, outlivesPage]);
    },
  });
  return { outbox, sent, store, fail: (error: Error | null) => (failure = error) };
}

const offline = new ApiError(0, 'no_answer');

test('a position is sent with the time it was reached', async () => {
  const { outbox, sent } = setUp();
  await outbox.record('vid_1', { position_seconds: 33 });
  expect(sent).toEqual([
    ['vid_1', { position_seconds: 33, client_time: '2026-11-22T10:00:00.000Z' }, false],
  ]);
  expect(outbox.waiting('vid_1')).toBeUndefined();
});

test('what is watched offline is sent once, with its own time, when the connection is back', async () => {
  const { outbox, sent, fail } = setUp();
  fail(offline);
  await outbox.record('vid_1', { position_seconds: 10 });
  await outbox.record('vid_1', { position_seconds: 20 });
  expect(outbox.waiting('vid_1')?.position_seconds).toBe(20);
  fail(null);
  await outbox.flush();
  expect(sent).toEqual([
    ['vid_1', { position_seconds: 20, client_time: '2026-11-22T10:01:00.000Z' }, false],
  ]);
});

test('a completion is not lost under a later position', async () => {
  const { outbox, sent, fail } = setUp();
  fail(offline);
  await outbox.record('vid_1', { position_seconds: 95, completed: true });
  await outbox.record('vid_1', { position_seconds: 3, start_over: true });
  await outbox.record('vid_1', { position_seconds: 8 });
  fail(null);
  await outbox.flush();
  expect(sent[0]?.[1]).toMatchObject({ position_seconds: 8, completed: true, start_over: true });
});

test('taking a completion back overrides it', async () => {
  const { outbox, sent, fail } = setUp();
  fail(offline);
  await outbox.record('vid_1', { position_seconds: 95, completed: true });
  await outbox.record('vid_1', { position_seconds: 95, completed: false });
  fail(null);
  await outbox.flush();
  expect(sent[0]?.[1].completed).toBe(false);
});

test('the next visit sends what the last one could not', async () => {
  const first = setUp();
  await first.outbox.belongTo('cus_1');
  first.fail(offline);
  await first.outbox.record('vid_1', { position_seconds: 12 });
  const second = setUp(first.store);
  await second.outbox.belongTo('cus_1');
  expect(second.sent.map(([videoId, report]) => [videoId, report.position_seconds])).toEqual([
    ['vid_1', 12],
  ]);
  expect(first.store.length).toBe(0);
});

test('another customer on the same computer sends nothing of the first', async () => {
  const first = setUp();
  await first.outbox.belongTo('cus_1');
  first.fail(offline);
  await first.outbox.record('vid_1', { position_seconds: 12 });
  const second = setUp(first.store);
  await second.outbox.belongTo('cus_2');
  expect(second.sent).toEqual([]);
  expect(first.store.length).toBe(1);
});

test('what the server refuses for good is dropped, and the rest goes on', async () => {
  const { outbox, sent, fail, store } = setUp();
  await outbox.belongTo('cus_1');
  fail(new ApiError(404, 'not_found'));
  await outbox.record('vid_gone', { position_seconds: 5 });
  expect(outbox.waiting('vid_gone')).toBeUndefined();
  expect(store.length).toBe(0);
  fail(null);
  await outbox.record('vid_1', { position_seconds: 6 });
  expect(sent).toHaveLength(1);
});

test('a session that has ended, and a server in trouble, do not lose the position', async () => {
  for (const error of [new ApiError(401, 'not_signed_in'), new ApiError(503, 'unavailable')]) {
    const { outbox, fail } = setUp();
    fail(error);
    await outbox.record('vid_1', { position_seconds: 5 });
    expect(outbox.waiting('vid_1')).toBeDefined();
  }
});

test('what is recorded while a report is on its way is sent after it', async () => {
  const positions: number[] = [];
  let release = () => {};
  const outbox = new ProgressOutbox({
    store: forgetfulStorage(),
    now: () => new Date(0),
    send: (_videoId, report) => {
      positions.push(report.position_seconds);
      return positions.length === 1
        ? new Promise((resolve) => (release = () => resolve(null)))
        : Promise.resolve();
    },
  });
  const first = outbox.record('vid_1', { position_seconds: 1 });
  const second = outbox.record('vid_1', { position_seconds: 2 });
  release();
  await Promise.all([first, second]);
  expect(positions).toEqual([1, 2]);
  expect(outbox.waiting('vid_1')).toBeUndefined();
});

test('a page that is going away does not wait for an earlier request', () => {
  const send = vi.fn(() => new Promise(() => {}));
  const outbox = new ProgressOutbox({ store: forgetfulStorage(), now: () => new Date(0), send });
  void outbox.record('vid_1', { position_seconds: 1 });
  void outbox.record('vid_1', { position_seconds: 2 }, { outlivesPage: true });
  expect(send).toHaveBeenLastCalledWith('vid_1', expect.objectContaining({ position_seconds: 2 }), {
    outlivesPage: true,
  });
});

test('a store with rubbish in it does no harm', async () => {
  const store = forgetfulStorage();
  store.setItem('stoa:progress:cus_1:vid_1', '{');
  store.setItem('stoa:progress:cus_1:vid_2', '{"position_seconds":"far"}');
  const { outbox, sent } = setUp(store);
  await outbox.belongTo('cus_1');
  expect(sent).toEqual([]);
});

test('whoever records what the server refuses for good learns why', async () => {
  const { outbox, fail } = setUp();
  const refusal = new ApiError(409, 'too_many_streams', null, ['Firefox on Linux']);
  fail(refusal);
  expect(await outbox.record('vid_1', { position_seconds: 5, is_playing: true })).toBe(refusal);
  expect(outbox.waiting('vid_1')).toBeUndefined();
  fail(offline);
  expect(await outbox.record('vid_1', { position_seconds: 6, is_playing: true })).toBeNull();
  expect(outbox.waiting('vid_1')).toMatchObject({ position_seconds: 6, is_playing: true });
});

test('what an earlier visit left does not play', async () => {
  const first = setUp();
  await first.outbox.belongTo('cus_1');
  first.fail(offline);
  await first.outbox.record('vid_1', { position_seconds: 12, is_playing: true });
  const second = setUp(first.store);
  await second.outbox.belongTo('cus_1');
  expect(second.sent[0]?.[1]).toMatchObject({ position_seconds: 12, is_playing: false });
});
