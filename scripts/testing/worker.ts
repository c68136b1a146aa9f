// The worker layer: pytest over worker/tests, in the environment that the worker makes for itself (PyTorch, TRL: 2 GB
// the first time, then seconds). It stands in the product's user-level cache, where jobs look for theirs too.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counts } from './counts.ts';
import { trainingPython, worker, workerEnvironment } from './trainingPython.ts';

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
    trainingPython(),
    ['-m', 'pytest', '-q', '-rs', '--durations=5', '-p', 'no:cacheprovider', `--junitxml=${report}`, 'tests'],
    { cwd: worker, stdio: 'inherit', env: workerEnvironment },
  );
  const file = process.env.SMT_TEST_COUNTS;
  if (file && existsSync(report)) writeFileSync(file, JSON.stringify(countsOf(readFileSync(report, 'utf8'))));
  process.exitCode = status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
