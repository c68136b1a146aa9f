import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from './repository.ts';

export const worker = join(repository, 'worker');
export const workerEnvironment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: worker };
export const systemPython = process.env.SMT_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');

/** The interpreter with the locked training packages and pytest; its last line of output names it. */
export function trainingPython(): string {
  const made = spawnSync(systemPython, ['-m', 'smt_job', 'environment', '--extra', 'test'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: workerEnvironment,
  });
  const last = made.stdout?.trim().split('\n').at(-1) ?? '';
  const python = /^\{"python": "(.+)"\}$/.exec(last)?.[1];
  if (made.status !== 0 || !python) throw new Error(`The worker's environment was not made. ${made.error ?? last}`);
  return python;
}
