// The demo as a process: `stoa demo` with a data folder and ports of its own. Whoever starts one may come from another
// process than whoever stops it, so its process id lies in its folder.
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';

export const ENGINES = ['sqlite', 'postgres'] as const;
export type Engine = (typeof ENGINES)[number];

export interface Demo {
  engine: Engine;
  /** Everything of this demo lies in here: its data, its log, its process id. */
  folder: string;
  port: number;
  /** Address of its database; SQLite lies in the data folder. */
  database: string | null;
  /** Where the pages and the shop are. */
  url: string;
  /** Where the media are. */
  mediaUrl: string;
}

/** The first start renders every lesson, both engines share the processors, and these may be slow. */
const FIRST_START_MS = 300_000;
const STOP_MS = 15_000;

/** Describes a demo in `folder` on two free ports. */
export async function planDemo(
  engine: Engine,
  folder: string,
  database: string | null,
): Promise<Demo> {
  const port = await freePair();
  const at = (number: number) => `http://127.0.0.1:${number}`;
  return { engine, folder, port, database, url: at(port), mediaUrl: at(port + 1) };
}

/** Starts a demo and waits until it says that it is ready; returns how many milliseconds that took. */
export async function startDemo(demo: Demo, patience = FIRST_START_MS): Promise<number> {
  const begun = Date.now();
  const before = readLog(demo).length;
  const log = openSync(file(demo, 'log'), 'a');
  const database = demo.database ? ['--database', demo.database] : [];
  const child = spawn(
    process.env.STOA_BIN ?? '../target/debug/stoa',
    ['demo', '--data', file(demo, 'data'), '--port', String(demo.port), ...database],
    { stdio: ['ignore', log, log] },
  );
  child.once('error', () => {});
  child.unref();
  writeFileSync(file(demo, 'pid'), String(child.pid ?? ''));
  while (Date.now() - begun < patience) {
    if (readLog(demo).includes('The demo is ready.', before)) return Date.now() - begun;
    if (child.pid === undefined || (child.exitCode ?? child.signalCode) !== null) break;
    await pass(50);
  }
  throw new Error(`the demo on ${demo.engine} did not start:\n${readLog(demo).slice(before)}`);
}

/** Tells a demo to stop, and waits until it has. */
export async function stopDemo(demo: Demo): Promise<void> {
  const id = readId(demo);
  if (id === 0) return;
  const begun = Date.now();
  signal(id, 'SIGTERM');
  while (signal(id, 0)) {
    if (Date.now() - begun > STOP_MS) {
      signal(id, 'SIGKILL');
      throw new Error(`the demo on ${demo.engine} did not stop`);
    }
    await pass(20);
  }
  writeFileSync(file(demo, 'pid'), '');
}

/** Tells a demo to stop without waiting: all that can be done while this process itself is going away. */
export function abandonDemo(demo: Demo): void {
  const id = readId(demo);
  if (id !== 0) signal(id, 'SIGTERM');
}

/** Returns all that a demo has written out. */
export function readLog(demo: Demo): string {
  return existsSync(file(demo, 'log')) ? readFileSync(file(demo, 'log'), 'utf8') : '';
}

function file(demo: Demo, name: 'data' | 'log' | 'pid'): string {
  return join(demo.folder, name);
}

/** Returns the process id, or 0 when there is no process. */
function readId(demo: Demo): number {
  return existsSync(file(demo, 'pid')) ? Number(readFileSync(file(demo, 'pid'), 'utf8')) : 0;
}

/** Sends a signal; 0 only asks. Returns whether the process is there. */
function signal(id: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(id, name);
  } catch {
    return false;
  }
}

/** Finds a free port whose successor is free too. */
async function freePair(): Promise<number> {
  for (;;) {
    const port = await listen(0);
    if (port !== null && port < 65_535 && (await listen(port + 1)) !== null) return port;
  }
}

function listen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}
