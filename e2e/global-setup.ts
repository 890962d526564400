// Starts one demo on SQLite and one on PostgreSQL for the whole run, and removes everything at its end.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandonDemo, planDemo, startDemo, stopDemo, type Demo, type Engine } from './demo';

export default async function start(): Promise<() => Promise<void>> {
  const superuser = process.env.STOA_TEST_POSTGRES;
  if (!superuser)
    throw new Error('STOA_TEST_POSTGRES is not set; start the journeys by scripts/e2e');
  const name = `stoa_e2e_${process.pid}`;
  const sql = (text: string) => execFileSync('psql', [superuser, '-qc', text]);
  const scratch = mkdtempSync(join(tmpdir(), 'stoa-e2e-'));
  const demos: Demo[] = [];
  // An interrupted start is not waited for, and has no end of its own.
  process.once('exit', () => {
    demos.forEach(abandonDemo);
    rmSync(scratch, { recursive: true, force: true });
  });

  const remove = async () => {
    const stopped = await Promise.allSettled(demos.map(stopDemo));
    rmSync(scratch, { recursive: true, force: true });
    sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    for (const result of stopped) if (result.status === 'rejected') throw result.reason;
  };

  const plan = async (engine: Engine, database: string | null) => {
    const folder = join(scratch, engine);
    mkdirSync(folder);
    demos.push(await planDemo(engine, folder, database));
  };

  try {
    sql(`CREATE DATABASE ${name}`);
    const database = new URL(superuser);
    database.pathname = `/${name}`;
    await plan('sqlite', null);
    await plan('postgres', database.href);
    await Promise.all(demos.map((demo) => startDemo(demo)));
  } catch (error) {
    await remove();
    throw error;
  }
  process.env.E2E_DEMOS = JSON.stringify(demos);
  return remove;
}
