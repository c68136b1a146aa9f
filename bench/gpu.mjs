/** What only a GPU can show: the figures of gpu.py, made here or on a GPU host without Node (`--gpu-figures FILE`). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainingPython, workerEnvironment } from '../scripts/testing/trainingPython.ts';
import { options } from './setting.mjs';

export function measureGpu() {
  if (options['gpu-figures'] !== undefined) return JSON.parse(readFileSync(options['gpu-figures'], 'utf8'));
  if (spawnSync('nvidia-smi', ['-L']).status !== 0) {
    return {
      problem: 'there is no CUDA GPU here (nvidia-smi names none); bench/gpu.py runs on a GPU host without Node',
    };
  }
  const scratch = mkdtempSync(join(tmpdir(), 'smt-bench-gpu-'));
  try {
    const out = join(scratch, 'gpu.json');
    const ended = spawnSync(trainingPython(), [join(import.meta.dirname, 'gpu.py'), '--out', out], {
      stdio: 'inherit',
      env: workerEnvironment,
    });
    if (ended.status !== 0) throw new Error(`gpu.py ended with ${ended.status}.`);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
