import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface FolderCount {
  /** Files by extension without the dot. */
  files: Record<string, number>;
  total: number;
  bytes: number;
}

/** What a folder holds that could be documents: counted before a project is made of it, nothing is opened. */
export async function countFolder(
  root: string,
  include: readonly string[],
  signal?: AbortSignal,
): Promise<FolderCount> {
  const { glob } = await import('tinyglobby');
  const paths = await glob([...include], {
    cwd: root,
    onlyFiles: true,
    followSymbolicLinks: false,
    ignore: ['.smt/**', '**/node_modules/**', '**/.git/**', 'benchmarks/**', 'prompts/**', 'reviews.jsonl'],
    ...(signal ? { signal } : {}),
  });
  const files: Record<string, number> = {};
  let bytes = 0;
  for (const path of paths) {
    const extension = extname(path).slice(1).toLowerCase();
    files[extension] = (files[extension] ?? 0) + 1;
    bytes += (await stat(join(root, path)).catch(() => undefined))?.size ?? 0;
  }
  return { files, total: paths.length, bytes };
}
