import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { JobProblem } from '../problem.ts';
import type { SshConnection } from './connection.ts';
import { unpackScript } from './scripts.ts';

const LEFT_OUT = /^(tests|__pycache__|\.venv|\.pytest_cache|\.ruff_cache|.*\.egg-info)$/;
const HASH_DIGITS = 16;

export interface Placing {
  signal?: AbortSignal;
  /** Bytes of the tar stream sent so far. */
  onBytes?: (sent: number) => void;
}

/** A file or folder of this machine that a job needs there, under the hash of its contents. */
export interface Cargo {
  /** What is sent; a folder without tests and caches. */
  from: string;
  /** `pkg/<hash>` or `data/<hash>`, below the target's root: immutable, shared by all runs that need it. */
  folder: string;
  /** Where it is then, below the root. */
  path: string;
  bytes: number;
}

/** Content hash of a file or folder: every relative path and every byte. First 64 bits in hex, as names go. */
export async function contentKey(path: string, leftOut = LEFT_OUT): Promise<{ key: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const file of await filesOf(path, leftOut)) {
    const { size } = await stat(file);
    hash.update(`${relative(dirname(path), file).split(sep).join('/')}\0${size}\0`);
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    bytes += size;
  }
  return { key: hash.digest('hex').slice(0, HASH_DIGITS), bytes };
}

/** The worker package: its contents stand directly in their folder. */
export async function packageCargo(worker: string): Promise<Cargo> {
  const { key, bytes } = await contentKey(worker);
  return { from: worker, folder: `pkg/${key}`, path: `pkg/${key}`, bytes };
}

/** A data set, weights or a batch file. */
export async function dataCargo(path: string): Promise<Cargo> {
  const { key, bytes } = await contentKey(path);
  return { from: path, folder: `data/${key}`, path: `data/${key}/${basename(path)}`, bytes };
}

/** A tar made by the system's own `tar`, unpacked beside and renamed: complete or not there. */
export async function sendCargo(
  connection: SshConnection,
  root: string,
  cargo: Cargo,
  { signal, onBytes }: Placing = {},
): Promise<void> {
  const { folder } = cargo;
  const [from, name] = folder === cargo.path ? [cargo.from, '.'] : [dirname(cargo.from), basename(cargo.from)];
  const excluded = ['tests', '__pycache__', '.venv', '.pytest_cache', '.ruff_cache', '*.egg-info'];
  const tar = spawn('tar', [...excluded.map((pattern) => `--exclude=${pattern}`), '-cf', '-', '-C', from, '--', name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // macOS would add its resource forks as files of their own.
    env: { ...process.env, COPYFILE_DISABLE: '1' },
  });
  const words: string[] = [];
  createInterface({ input: tar.stderr }).on('line', (line) => words.push(line));
  const ended = new Promise<number>((resolve) => {
    tar.once('error', (error) => {
      words.push(error.message);
      resolve(-1);
    });
    tar.once('close', (code) => resolve(code ?? -1));
  });
  let sent = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      onBytes?.(sent);
      done(null, chunk);
    },
  });
  const stream = new PassThrough();
  const piped = pipeline(tar.stdout, count, stream).catch(() => {});
  try {
    await connection.exec(unpackScript(root, folder, `${folder}.part-${randomBytes(4).toString('hex')}`), {
      input: stream,
      timeoutMs: 24 * 3_600_000,
      ...(signal ? { signal } : {}),
    });
  } finally {
    tar.kill('SIGTERM');
    await piped;
  }
  const code = await ended;
  if (code !== 0)
    throw new JobProblem(`${join(from, name)} could not be packed: ${words.at(-1) ?? `tar ended with ${code}`}`);
}

async function filesOf(path: string, leftOut: RegExp): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const found: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (leftOut.test(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await filesOf(join(path, entry.name), leftOut)));
    else if (entry.isFile()) found.push(join(path, entry.name));
  }
  return found.sort();
}
