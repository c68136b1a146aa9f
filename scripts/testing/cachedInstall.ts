// npm packages that only tests need, kept out of package.json so that `npm ci` stays small: installed once into the
// ignored .cache/ from a committed lock, and again only when that lock changes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repository } from './repository.ts';

const lockPatienceMs = 15 * 60_000;

/**
 * Folder with the packages that `test/<name>/package-lock.json` pins, under `node_modules`.
 *
 * Interrupted installs start over from npm's own download cache, so nothing is fetched twice. Processes that need the
 * same folder at once wait for the first. Throws with npm's last lines when the registry cannot be reached.
 *
 * @param finish what to do once after npm: unpack, install nested packages
 */
export async function cachedInstall(name: string, finish: (folder: string) => Promise<void>): Promise<string> {
  const source = join(repository, 'test', name);
  const hash = createHash('sha256')
    .update(readFileSync(join(source, 'package-lock.json')))
    .digest('hex')
    .slice(0, 12);
  const folder = join(repository, '.cache', `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  mkdirSync(join(repository, '.cache'), { recursive: true });
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return folder;
    const began = performance.now();
    console.log(`Setting up the ${name} for tests (once; kept in .cache/${name}-${hash}) …`);
    const staged = `${folder}.part`;
    rmSync(staged, { recursive: true, force: true });
    mkdirSync(staged);
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(source, file), join(staged, file));
    npm(staged, 'ci', '--ignore-scripts');
    await finish(staged);
    renameSync(staged, folder);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`  the ${name} takes ${megabytes(folder)} MB on disk, set up in ${seconds} s`);
    return folder;
  });
}

/** Runs npm quietly; its last lines become the error. */
export function npm(folder: string, ...args: string[]): void {
  const windows = process.platform === 'win32';
  const result = spawnSync(windows ? 'npm.cmd' : 'npm', [...args, '--loglevel=error', '--no-progress'], {
    cwd: folder,
    encoding: 'utf8',
    shell: windows,
  });
  if (result.status === 0) return;
  const last = (result.error?.message ?? result.stderr).trim().split('\n').slice(-8).join('\n');
  throw new Error(`npm ${args[0]} failed; what was downloaded is kept, run the same command again.\n${last}`);
}

/** Only one process at a time; a lock whose process is gone is taken over. */
async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + lockPatienceMs;
  while (!takeLock(file)) {
    if (Date.now() > deadline) throw new Error(`Another process holds ${file}. Delete it if none is running.`);
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function takeLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
  } catch (error) {
    if (isCode(error, 'ESRCH')) rmSync(file, { force: true });
  }
  return false;
}

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;

function megabytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return Math.round(bytes / 2 ** 20);
}
