/** Fails when the first load (every script and style the page needs before it can draw) outgrows its budget. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 35;
const dist = new URL('../dist/', import.meta.url).pathname;
const page = join(dist, 'index.html');

if (!existsSync(page)) {
  console.error('dist is missing: run `npm run build` first');
  process.exit(1);
}

const firstLoad = new Set();
for (const [, address] of readFileSync(page, 'utf8').matchAll(
  /(?:src|href)="\/([^"]+\.(?:js|css))"/g,
)) {
  collect(join(dist, address));
}

let total = 0;
for (const path of [...firstLoad].sort()) {
  const size = gzipSync(readFileSync(path), { level: 9 }).length;
  total += size;
  console.log(`${kilobytes(size).padStart(9)}  ${path.slice(dist.length)}`);
}
console.log(`${kilobytes(total).padStart(9)}  first load, gzip (budget ${BUDGET_KB} KB)`);
if (total > BUDGET_KB * 1000) {
  console.error('the first load is over its budget');
  process.exit(1);
}

/** Adds a file and, for a script, whatever it imports statically. */
function collect(path) {
  if (firstLoad.has(path)) return;
  firstLoad.add(path);
  if (!path.endsWith('.js')) return;
  const statically = /(?:^|[;}\s])(?:import|export)(?:[^'"();]*?from)?\s*["'](\.[^"']+)["']/g;
  for (const [, target] of readFileSync(path, 'utf8').matchAll(statically)) {
    collect(join(dirname(path), target));
  }
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
