/** What only a GPU can show: the marked tests of worker/tests/test_gpu.py, each with its outcome. Null without a GPU. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainingPython, worker, workerEnvironment } from '../scripts/testing/trainingPython.ts';

/** Names of the GPUs here; none where the driver's tool is missing. */
function gpusHere() {
  const asked = spawnSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim().split('\n').filter(Boolean) : [];
}

export function measureGpu() {
  const gpus = gpusHere();
  if (gpus.length === 0) return { problem: 'there is no CUDA GPU here (nvidia-smi names none)' };
  const scratch = mkdtempSync(join(tmpdir(), 'smt-bench-gpu-'));
  try {
    const report = join(scratch, 'report.xml');
    spawnSync(
      trainingPython(),
      ['-m', 'pytest', '-q', '-rs', '-p', 'no:cacheprovider', `--junitxml=${report}`, 'tests/test_gpu.py'],
      { cwd: worker, stdio: 'inherit', env: workerEnvironment },
    );
    return { gpus, tests: testsOf(readFileSync(report, 'utf8')) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Of pytest's JUnit report. */
function testsOf(xml) {
  return [...xml.matchAll(/<testcase\s([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, attributes, inside = '']) => {
    const attribute = (name) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    const skipped = /<skipped[^>]*message="([^"]*)"/.exec(inside)?.[1];
    const outcome = skipped !== undefined ? 'skipped' : /<(failure|error)\b/.test(inside) ? 'failed' : 'passed';
    return { name: attribute('name'), seconds: Number(attribute('time')), outcome, reason: skipped ?? null };
  });
}
