// The worker layer: pytest over worker/tests, with the pytest of the machine or one in a virtual environment of ours.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counts } from './counts.ts';
import { repository } from './repository.ts';

const pinnedPytest = 'pytest==9.2.0';

function pythonWithPytest(): string {
  const system = process.env.SMT_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
  if (spawnSync(system, ['-c', 'import pytest'], { stdio: 'ignore' }).status === 0) return system;
  const folder = join(repository, '.cache', 'worker-venv');
  const python = process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  if (existsSync(python) && spawnSync(python, ['-c', 'import pytest'], { stdio: 'ignore' }).status === 0) return python;
  for (const step of [
    [system, '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', pinnedPytest],
  ]) {
    const [command = '', ...rest] = step;
    const { status, error } = spawnSync(command, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`${step.join(' ')} failed. ${error?.message ?? ''}`);
  }
  return python;
}

/** Totals over all `<testsuite>` elements of pytest's JUnit report. */
function countsOf(report: string): Counts {
  const suite = /<testsuite\s[^>]*>/.exec(report)?.[0] ?? '';
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
  const [tests, failures, errors, skipped] = ['tests', 'failures', 'errors', 'skipped'].map(number);
  const failed = (failures ?? Number.NaN) + (errors ?? Number.NaN);
  const skips = [...report.matchAll(/<skipped[^>]*message="([^"]*)"/g)].map((match) => match[1] ?? '');
  return { passed: (tests ?? Number.NaN) - failed - (skipped ?? Number.NaN), failed, skips };
}

const scratch = mkdtempSync(join(tmpdir(), 'smt-pytest-'));
try {
  const report = join(scratch, 'report.xml');
  const { status } = spawnSync(
    pythonWithPytest(),
    ['-m', 'pytest', '-q', '-rs', '-p', 'no:cacheprovider', `--junitxml=${report}`, 'tests'],
    { cwd: join(repository, 'worker'), stdio: 'inherit', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  const file = process.env.SMT_TEST_COUNTS;
  if (file && existsSync(report)) writeFileSync(file, JSON.stringify(countsOf(readFileSync(report, 'utf8'))));
  process.exitCode = status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
