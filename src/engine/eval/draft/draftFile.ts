import { link, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Document } from 'yaml';
import type { BenchmarkQuestion } from '../../../contract/benchmark.ts';
import type { Project } from '../../project/index.ts';

const HEADER = ` Drafted by a machine from the documents; NOT REVIEWED.
 Read every question beside its document: is it clear without the document at hand, is the answer right and the only
 one? Correct or delete it. Then take the line "draft: true" out: only then numbers are reported on this benchmark.
 Until then, and afterwards, generation keeps away from these questions: a sample that repeats one is rejected as a leak.`;

/** `benchmarks/drafts/<name>.yaml`. */
export function draftPath(name: string): string {
  return `benchmarks/drafts/${name}.yaml`;
}

export async function draftExists(project: Project, name: string): Promise<boolean> {
  return (await lstat(join(project.root, draftPath(name))).catch(() => undefined)) !== undefined;
}

/** Writes a draft for a person to review; never over a file that is there. */
export async function writeDraft(
  project: Project,
  name: string,
  questions: readonly BenchmarkQuestion[],
): Promise<{ ok: true; file: string } | { ok: false; message: string }> {
  const file = draftPath(name);
  const folder = join(project.root, 'benchmarks', 'drafts');
  for (const part of [join(project.root, 'benchmarks'), folder]) {
    const found = await lstat(part).catch(() => undefined);
    if (found && !found.isDirectory())
      return { ok: false, message: `${part} is not a folder (links are not followed).` };
  }
  await mkdir(folder, { recursive: true });
  const document = new Document({ v: 1, name, draft: true, questions });
  document.commentBefore = HEADER;
  const temporary = join(folder, `.${name}.${process.pid}.tmp`);
  await writeFile(temporary, document.toString({ lineWidth: 0 }), { mode: 0o644 });
  try {
    // A link appears with its whole content and never over another file.
    await link(temporary, join(project.root, file));
    return { ok: true, file };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return { ok: false, message: `${file} is there already and was not touched. Choose another name.` };
  } finally {
    await rm(temporary, { force: true });
  }
}
