import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ConfigProblem } from '../../contract/project.ts';
import type { ProjectPaths } from './paths.ts';

/**
 * How deep under `.smt` links are looked for: its parts, their shards and run directories, and the files of those.
 * What lies deeper is made by us inside folders that were looked at.
 */
const DEPTH = 3;

/**
 * Links in a project's own files (`.smt` and what is in it, `smt.yaml`, `reviews.jsonl`) that lead out of its folder or
 * nowhere. A cloned folder can bring them along; written through, they would change files that are not the project's.
 * Links that stay inside the folder are fine.
 *
 * @returns one problem a link, with where it leads and what to do
 */
export async function leavingLinks(paths: Pick<ProjectPaths, 'root' | 'smt' | 'file' | 'reviews'>) {
  const problems: ConfigProblem[] = [];
  const root = await realpath(paths.root).catch(() => paths.root);
  const look = async (path: string, depth: number): Promise<void> => {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isSymbolicLink()) {
      const target = await realpath(path).catch(() => undefined);
      if (target === undefined || !isInside(root, target)) problems.push(await problemOf(paths, path));
    } else if (found?.isDirectory() && depth > 0) {
      for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
        // Plain files need no second look: a run or a shard folder may hold thousands.
        if (!entry.isFile()) await look(join(path, entry.name), depth - 1);
      }
    }
  };
  await look(paths.file, 0);
  await look(paths.reviews, 0);
  await look(paths.smt, DEPTH);
  return problems;
}

/** Somebody who linked the whole folder wants the room of another disk. */
const OTHER_DISK =
  'Remove the link and move what it names to its place. To use another disk, move the whole project folder there, or mount the disk at .smt (Linux: mount --bind).';

/** Is an absolute path, links resolved, a folder or below it? */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function problemOf({ root, smt }: Pick<ProjectPaths, 'root' | 'smt'>, path: string): Promise<ConfigProblem> {
  const target = await readlink(path).catch(() => 'somewhere that cannot be read');
  return {
    file: path
      .slice(root.length + 1)
      .split(sep)
      .join('/'),
    line: 1,
    column: 1,
    key: '',
    message: `is a link that leaves the project folder (to ${target}), so nothing is read or written through it. ${path === smt ? OTHER_DISK : 'Remove the link, or put a real file or folder in its place.'}`,
  };
}
