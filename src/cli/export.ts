import { join, resolve } from 'node:path';
import { ExportFormat } from '../contract/dataset.ts';
import { ChangedSamples, ExportProblem, exportDataset, openStudent, readDataset } from '../engine/mix/index.ts';
import type { Project } from '../engine/project/index.ts';
import type { Arguments } from './arguments.ts';
import { Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `export NAME --format F [--out DIR]`: a training set in another trainer's layout. */
export async function exportVerb(
  terminal: Terminal,
  project: Project,
  name: string | undefined,
  values: Arguments['values'],
): Promise<Exit> {
  const formats = ExportFormat.options.join(', ');
  if (!name) throw new UsageError(`export NAME --format F: the name of a training set, and one of ${formats}`);
  const format = ExportFormat.safeParse(values.format);
  if (!format.success) throw new UsageError(`--format "${values.format ?? ''}" is not one of ${formats}`);
  const found = await readDataset(project.paths.datasets, name);
  if (!found.ok) throw new UsageError(found.message);
  const student = await openStudent(project);
  if (!student.ok) throw new UsageError(student.message);
  const to = resolve(values.out ?? join(project.paths.datasets, name, 'exports', format.data));
  try {
    const exported = await exportDataset(project, found.manifest, student.student, format.data, to);
    terminal.record({ export: { format: format.data, ...exported } });
    terminal.say(`${number.format(exported.rows)} rows as ${format.data} in ${exported.folder}`);
    for (const file of exported.files) terminal.say(`  ${file}`);
    for (const [reason, rows] of Object.entries(exported.left_out))
      terminal.warn(`${number.format(rows)} rows were left out: ${reason}.`);
    if (
      found.manifest.settings.loss_on === 'answers' &&
      (format.data === 'trl-text' || format.data === 'llama-factory')
    )
      terminal.warn('This layout has no place for the loss mask: everything in it is learned.');
    return Exit.done;
  } catch (error) {
    if (error instanceof ExportProblem || error instanceof ChangedSamples) throw new UsageError(error.message);
    throw error;
  }
}
