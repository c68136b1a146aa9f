import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/engine/jobs/index.ts';
import { root } from '../rules/sources.ts';
import { backendBehaviour } from './backendBehaviour.ts';

const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();

backendBehaviour('this machine', async () => ({
  backend: new LocalBackend([process.execPath], async () => ({
    program: python,
    args: ['-m', 'smt_job'],
    variables: { PYTHONPATH: join(root, 'test', 'fixtures', 'standin-worker') },
  })),
  place: (dir) => dir,
  close: async () => {},
}));
