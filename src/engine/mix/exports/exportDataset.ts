import { copyFile, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatasetManifest, ExportFormat } from '../../../contract/dataset.ts';
import type { Project } from '../../project/index.ts';
import type { Student } from '../student.ts';
import { type Layout, layoutOf } from './layouts.ts';
import { openSourceRows } from './sourceRows.ts';

export interface Exported {
  folder: string;
  /** Paths in the folder. */
  files: string[];
  /** Rows of the training set that were written. */
  rows: number;
  /** Rows that the layout has no place for, by reason. */
  left_out: Record<string, number>;
}

/** The folder that was named cannot take the export. */
export class ExportProblem extends Error {
  override readonly name = 'ExportProblem';
}

/**
 * Writes a training set in another trainer's layout into `to`: made where it is not there, refused where it holds
 * files. Nothing is left behind where it fails.
 * @throws ExportProblem, ChangedSamples
 */
export async function exportDataset(
  project: Project,
  manifest: DatasetManifest,
  student: Student,
  format: ExportFormat,
  to: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Exported> {
  const present = await readdir(to).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new ExportProblem(`${to} is no folder that can be written to.`);
  });
  if (present.length > 0) throw new ExportProblem(`${to} holds files already. Name a new or empty folder.`);
  const draft = `${to}.draft-${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    const written =
      format === 'huggingface'
        ? await copyFolder(join(project.paths.datasets, manifest.name), manifest, draft)
        : await writeLayout(project, manifest, student, layoutOf(format, manifest, student.tokenizer), draft, signal);
    await rm(to, { recursive: true, force: true });
    await rename(draft, to);
    return { folder: to, ...written };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function copyFolder(folder: string, manifest: DatasetManifest, draft: string): Promise<Omit<Exported, 'folder'>> {
  const files = [...manifest.files.map(({ path }) => path), 'README.md', 'manifest.json'];
  for (const file of files) {
    await mkdir(dirname(join(draft, file)), { recursive: true });
    await copyFile(join(folder, file), join(draft, file));
  }
  return { files, rows: manifest.files.reduce((sum, { rows }) => sum + rows, 0), left_out: {} };
}

async function writeLayout(
  project: Project,
  manifest: DatasetManifest,
  student: Student,
  layout: Layout,
  draft: string,
  signal: AbortSignal,
): Promise<Omit<Exported, 'folder'>> {
  const counts = new Map<string, number>();
  const left_out: Record<string, number> = {};
  let rows = 0;
  const source = await openSourceRows(project, manifest, student, signal);
  try {
    for (const split of ['train', 'held_out'] as const) {
      for await (const batch of source.rows(split)) {
        const lines = new Map<string, string>();
        for (const row of batch) {
          const written = layout.lines(row);
          if ('left_out' in written) {
            left_out[written.left_out] = (left_out[written.left_out] ?? 0) + 1;
            continue;
          }
          rows += 1;
          for (const { file, line } of written) {
            const path = layout.files[file]?.[split];
            if (path === undefined) continue;
            lines.set(path, `${lines.get(path) ?? ''}${JSON.stringify(line)}\n`);
            counts.set(path, (counts.get(path) ?? 0) + 1);
          }
        }
        for (const [path, text] of lines) await append(join(draft, path), text);
      }
    }
  } finally {
    await source.close();
  }
  const beside = layout.beside(manifest, counts);
  for (const [path, text] of Object.entries(beside)) await writeFile(join(draft, path), text);
  return { files: [...counts.keys(), ...Object.keys(beside)], rows, left_out };
}

async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
