import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listRunDirectories, readStatusFile } from '../../jobs/index.ts';

/**
 * Output of workers whose evaluating run was killed and never went on: what they wrote after its last look is not in the log.
 * The same model's file has the same name in every run. A run that came to its end took in everything itself.
 *
 * @param dir  directory of the run that asks now; its own output is not among them
 * @param name path of the worker's output in a run directory
 */
export async function outputsLeftBehind(dir: string, name: string): Promise<string[]> {
  const left: string[] = [];
  for (const other of await listRunDirectories(join(dir, '..'))) {
    if (basename(other) === basename(dir) || !existsSync(join(other, name))) continue;
    if ((await readStatusFile(other))?.state !== 'succeeded') left.push(join(other, name));
  }
  return left;
}
