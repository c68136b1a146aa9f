import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

const LEFT_OUT = /^(tests|__pycache__|\.venv|\.pytest_cache|\.ruff_cache|.*\.egg-info)$/;
const HASH_DIGITS = 16;

/** A file of a cargo: where it is here, and its path below the cargo's folder there, with `/`. */
export interface CargoFile {
  from: string;
  path: string;
  bytes: number;
  sha256: string;
}

/** A file or folder of this machine that a job needs there, under the hash of its contents. */
export interface Cargo {
  /** Regular files, those of tests and caches and links left out. */
  files: readonly CargoFile[];
  /** `pkg/<hash>` or `data/<hash>`, below the target's root: immutable, shared by all runs that need it. */
  folder: string;
  /** Where it is then, below the root. */
  path: string;
  bytes: number;
}

/** The worker package: its contents stand directly in their folder. */
export async function packageCargo(worker: string): Promise<Cargo> {
  const { key, files, bytes } = await contents(worker);
  const inside = files.map((file) => ({ ...file, path: file.path.slice(basename(worker).length + 1) }));
  return { files: inside, folder: `pkg/${key}`, path: `pkg/${key}`, bytes };
}

/** A data set, weights or a batch file. */
export async function dataCargo(path: string): Promise<Cargo> {
  const { key, files, bytes } = await contents(path);
  return { files, folder: `data/${key}`, path: `data/${key}/${basename(path)}`, bytes };
}

/** Files with their hashes, and one over every relative path and every byte: its first 64 bits in hex, as names go. */
async function contents(path: string): Promise<{ key: string; files: CargoFile[]; bytes: number }> {
  const all = createHash('sha256');
  const files: CargoFile[] = [];
  for (const file of await filesOf(path)) {
    const { size } = await stat(file);
    const name = relative(dirname(path), file).split(sep).join('/');
    const own = createHash('sha256');
    all.update(`${name}\0${size}\0`);
    for await (const chunk of createReadStream(file)) {
      all.update(chunk);
      own.update(chunk);
    }
    files.push({ from: file, path: name, bytes: size, sha256: own.digest('hex') });
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { key: all.digest('hex').slice(0, HASH_DIGITS), files, bytes };
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const found: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await filesOf(join(path, entry.name))));
    else if (entry.isFile()) found.push(join(path, entry.name));
  }
  return found.sort();
}
