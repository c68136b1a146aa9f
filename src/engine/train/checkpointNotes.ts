import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../jobs/index.ts';

/**
 * What is known here, and nowhere else, of the checkpoints of a run: which a person deleted (of another machine nothing else
 * here tells), and which were fetched whole. Paths relative to the run directory.
 */
const REMOVED = 'removed.json';
const COPIED = 'copied.json';

export const removedPaths = (dir: string): string[] => noted(dir, REMOVED);
export const copiedPaths = (dir: string): string[] => noted(dir, COPIED);

export const addRemoved = (dir: string, path: string): Promise<void> =>
  note(dir, REMOVED, [...removedPaths(dir), path]);

export const addCopied = (dir: string, path: string): Promise<void> => note(dir, COPIED, [...copiedPaths(dir), path]);

export async function dropCopied(dir: string, path: string): Promise<void> {
  const left = copiedPaths(dir).filter((copied) => copied !== path);
  if (left.length !== copiedPaths(dir).length) await note(dir, COPIED, left);
}

function noted(dir: string, file: string): string[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(dir, file), 'utf8'));
    return Array.isArray(parsed) ? parsed.filter((path) => typeof path === 'string') : [];
  } catch {
    return [];
  }
}

const note = (dir: string, file: string, paths: readonly string[]): Promise<void> =>
  writeAtomically(join(dir, file), `${JSON.stringify([...new Set(paths)])}\n`);
