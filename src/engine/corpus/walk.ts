import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import type { UnreadableFile } from '../../contract/corpus.ts';

export interface FoundFile {
  /** Project-relative POSIX path. */
  path: string;
  absolute: string;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
}

const NEVER = new Set(['.git', '.smt', '.hg', '.svn', 'node_modules', '.DS_Store']);
/** The product's own files in the project's root are no documents. */
const OWN = new Set(['benchmarks', 'prompts', 'smt.yaml', 'reviews.jsonl']);

/**
 * Files of a folder that match the globs, in path order. Links to files inside are read; what leaves the folder is
 * listed with its reason and never opened; links to folders inside are left out, since the folder itself is walked.
 * Folders that no glob can reach are not looked into.
 */
export async function walkFolder(
  root: string,
  globs: { include: readonly string[]; exclude: readonly string[]; ownFiles?: boolean },
  signal?: AbortSignal,
): Promise<{ files: FoundFile[]; unreadable: UnreadableFile[] }> {
  const included = picomatch([...globs.include], { nocase: true });
  const excluded = globs.exclude.length > 0 ? picomatch([...globs.exclude], { nocase: true, dot: true }) : () => false;
  const hidden = globs.include.some((glob) => /(^|\/)\.\w/.test(glob));
  const holds = folderTest(globs.include);
  const home = await realpath(root);
  const files: FoundFile[] = [];
  const unreadable: UnreadableFile[] = [];

  const walk = async (folder: string): Promise<void> => {
    signal?.throwIfAborted();
    let entries: Dirent[];
    try {
      entries = await readdir(join(root, folder), { withFileTypes: true });
    } catch (error) {
      unreadable.push({
        path: folder || '.',
        reason: 'permission',
        message: `The folder cannot be listed (${code(error)}). Check its permissions.`,
      });
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (NEVER.has(entry.name) || (!folder && !globs.ownFiles && OWN.has(entry.name)) || excluded(path)) continue;
      if (entry.isDirectory()) {
        if (holds(path) && (hidden || !entry.name.startsWith('.'))) await walk(path);
      } else if (entry.isSymbolicLink()) await follow(path);
      else if (entry.isFile() && included(path)) await add(path);
    }
  };

  const add = async (path: string): Promise<void> => {
    try {
      const absolute = join(root, path);
      const { size, mtimeMs, ctimeMs } = await stat(absolute);
      files.push({ path, absolute, size, mtimeMs, ctimeMs });
    } catch (error) {
      unreadable.push({
        path,
        reason: 'permission',
        message: `The file cannot be opened (${code(error)}). Check its permissions.`,
      });
    }
  };

  const follow = async (path: string): Promise<void> => {
    let target: string;
    let kind: Stats;
    try {
      target = await realpath(join(root, path));
      kind = await stat(target);
    } catch {
      if (included(path))
        unreadable.push({
          path,
          reason: 'malformed',
          message: 'The link leads nowhere. Delete it, or restore the file it names.',
        });
      return;
    }
    const inside = relative(home, target).split(sep);
    const leaves =
      inside[0] === '..' ||
      inside.length === 0 ||
      relative(home, target) === target ||
      inside.some((part) => NEVER.has(part));
    if (leaves) {
      if (kind.isDirectory() ? holds(path) : included(path))
        unreadable.push({
          path,
          reason: 'outside',
          message: 'The link leaves the project folder, so it is not followed. Copy what it points to into the folder.',
        });
    } else if (kind.isFile() && included(path)) await add(path);
  };

  await walk('');
  return { files, unreadable };
}

/** Can a file that matches lie in this folder, as far as the fixed beginnings of the globs tell? */
function folderTest(globs: readonly string[]): (folder: string) => boolean {
  const bases = globs.map((glob) => {
    const { base, negated } = picomatch.scan(glob, { unescape: true });
    return negated === true || base === '.' ? '' : base.toLowerCase();
  });
  return (folder) => {
    const path = folder.toLowerCase();
    return bases.some((base) => base === '' || `${base}/`.startsWith(`${path}/`) || path.startsWith(`${base}/`));
  };
}

function code(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
