/** The Results panel's server side at size: 5,000 questions × 8 answers × 4 cells. What the page then draws is not in it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLine, median, rounds, scale, work } from './setting.mjs';

export function measureResults() {
  const folder = mkdtempSync(join(tmpdir(), 'smt-bench-results-'));
  const program = join(work, 'cli', 'results.cjs');
  const run = (...args) => lastLine(execFileSync(process.execPath, [program, folder, ...args], { encoding: 'utf8' }));
  try {
    run('write', `${Math.round(5_000 * scale)}`);
    // Each time a new process: a panel's first opening is the slowest one.
    const runs = Array.from({ length: Math.max(rounds, 3) }, () => run('measure'));
    console.log(`results: ${JSON.stringify(runs)}`);
    const figures = { runs: runs.length };
    for (const key of Object.keys(runs[0])) figures[key] = median(runs.map((each) => each[key]));
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
