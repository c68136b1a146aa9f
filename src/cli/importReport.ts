import { resolve } from 'node:path';
import { importLogs, removeImported } from '../engine/eval/imported/index.ts';
import type { Project } from '../engine/project/index.ts';
import { Exit, printable, type Terminal, UsageError } from './terminal.ts';

/** `report import FILE…`: figures of lm-evaluation-harness and Inspect beside ours. The files are only read. */
export async function importVerb(terminal: Terminal, project: Project, files: readonly string[]): Promise<Exit> {
  if (files.length === 0)
    throw new UsageError('report import FILE…: results_….json of lm-eval, or JSON logs of Inspect');
  const { imported, problems } = await importLogs(
    project.paths.evaluation.imported,
    files.map((file) => resolve(file)),
  );
  for (const taken of imported) {
    terminal.record(taken);
    const left = taken.left_out.length === 0 ? '' : `; left out, as no accuracy: ${taken.left_out.join(', ')}`;
    terminal.say(printable(`${taken.file}: ${taken.figures} figures, as ${taken.id}${left}`));
  }
  for (const { file, line, field, message, hint } of problems) {
    const where = [file, ...(line === undefined ? [] : [`line ${line}`]), ...(field === undefined ? [] : [field])];
    terminal.warn(printable(`${where.join(', ')}: ${message}${hint ? `. ${hint}` : ''}`));
  }
  if (imported.length > 0) terminal.say('"smt report" shows them beside your own cells, compared with nothing.');
  return problems.length > 0 ? Exit.usage : Exit.done;
}

/** `report remove ID|FILE…`: takes imports out of the report again. */
export async function removeVerb(terminal: Terminal, project: Project, wanted: readonly string[]): Promise<Exit> {
  if (wanted.length === 0) throw new UsageError('report remove ID…: an import’s id, or the name of its file');
  const gone = await removeImported(project.paths.evaluation.imported, wanted);
  for (const id of gone) terminal.record({ removed: id });
  if (gone.length === 0)
    throw new UsageError(`nothing imported is named ${wanted.join(', ')}; "smt report" lists them`);
  terminal.say(
    `${gone.length === 1 ? 'One import is' : `${gone.length} imports are`} taken out. The logs are where they were.`,
  );
  return Exit.done;
}
