import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder with the Python side: `worker/` beside the bundle (`dist/worker`), or the source tree's when the engine
 * runs unbundled, as in tests. `SMT_WORKER` overrides.
 */
export function workerFolder(): string {
  if (process.env.SMT_WORKER) return process.env.SMT_WORKER;
  const start = typeof __dirname === 'string' ? __dirname : process.cwd();
  for (let folder = start; ; folder = dirname(folder)) {
    const worker = join(folder, 'worker');
    if (existsSync(join(worker, 'requirements', 'builtin.txt'))) return worker;
    if (folder === dirname(folder)) throw new Error(`The worker folder is missing beside ${start}: reinstall.`);
  }
}
