import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../rules/sources.ts';

const requirements = join(root, 'worker', 'requirements', 'statistics.txt');
const folder = join(root, '.cache', 'statistics-venv');
const interpreter =
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

/** A Python with the pinned SciPy, made once in the ignored cache; or why there is none. */
export function scipyPython(): { python: string } | { missing: string } {
  const pinned = readFileSync(requirements, 'utf8');
  const marker = join(folder, 'requirements.txt');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === pinned) return { python: interpreter };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(root, '.cache'), { recursive: true });
  const system = process.env.SMT_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
  for (const [command, ...rest] of [
    [system, '-m', 'venv', folder],
    [interpreter, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
  ]) {
    const { status, stderr } = spawnSync(command ?? '', rest, { encoding: 'utf8' });
    if (status !== 0) return { missing: `${command} ${rest.join(' ')} failed: ${stderr?.trim() ?? 'not found'}` };
  }
  writeFileSync(marker, pinned);
  return { python: interpreter };
}

/** Answers of the independent implementation, one per case. */
export function askScipy(python: string, cases: readonly object[]): unknown[] {
  const script = join(root, 'test', 'fixtures', 'statistics', 'reference.py');
  const answer = execFileSync(python, [script], { input: JSON.stringify(cases), maxBuffer: 1 << 26, encoding: 'utf8' });
  return JSON.parse(answer);
}
