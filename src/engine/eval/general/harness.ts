import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isInside, type Project } from '../../project/index.ts';
import { GENERAL_PANEL } from './generalPanel.ts';

/** What lm-evaluation-harness is asked to do. */
export interface Harness {
  tasks: readonly string[];
  /** Absolute, inside the project. */
  include: string | undefined;
  limit: number | undefined;
}

/**
 * Tasks of smt.yaml where this evaluation asks the general panel. Their folder must lie inside the project, and nothing in
 * it may be a link out of it: a person agrees to running the code of that folder, not of another.
 */
export async function harnessOf(
  project: Project,
  { benchmarks }: { benchmarks: readonly { id: string }[] },
): Promise<{ ok: true; harness: Harness | undefined } | { ok: false; message: string }> {
  const settings = project.config.evaluation.general.lm_eval;
  if (!settings || !benchmarks.some(({ id }) => id === GENERAL_PANEL)) return { ok: true, harness: undefined };
  const { include_path, limit } = settings;
  const tasks = [...new Set(settings.tasks)];
  if (include_path === undefined) return { ok: true, harness: { tasks, include: undefined, limit } };
  const refuse = (why: string) => ({
    ok: false as const,
    message: `smt.yaml: evaluation.general.lm_eval.include_path: ${include_path} ${why}`,
  });
  const root = await realpath(project.root);
  const named = resolve(project.root, include_path);
  const include = await realpath(named).catch(() => undefined);
  if (include === undefined || !(await stat(include)).isDirectory()) return refuse('is no folder of the project.');
  if (!isInside(root, include)) return refuse('is not inside the project: its code would be run.');
  const leaving = await linkOut(root, include);
  if (leaving !== undefined)
    return refuse(`holds ${relative(include, leaving)}, a link out of the project: put the file itself there.`);
  return { ok: true, harness: { tasks, include, limit } };
}

/** What a person agrees to, one sentence each. */
export function harnessNotes(project: Project, { tasks, include, limit }: Harness): string[] {
  const some = limit === undefined ? '' : `, ${limit} questions each`;
  return [
    `lm-evaluation-harness runs ${tasks.join(', ')} on base and trained weights${some}, in a Python environment of its own (made once). Data sets that tasks name are downloaded from their hub.`,
    ...(include === undefined
      ? []
      : [`It runs the code that the task files of ${relative(project.root, include) || '.'} name.`]),
  ];
}

async function linkOut(root: string, folder: string): Promise<string | undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = await realpath(path).catch(() => undefined);
    if (target === undefined || !isInside(root, target)) return path;
  }
  return undefined;
}
