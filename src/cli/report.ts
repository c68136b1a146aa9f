import { open, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Footnotes } from '../contract/footnotes.ts';
import type { HarnessRow } from '../contract/harness.ts';
import { ReportFormat, type ResultsSummary } from '../contract/results.ts';
import { scalingGroups } from '../contract/scalingGroups.ts';
import type { OpenedCorpus } from '../engine/corpus/index.ts';
import {
  AnswerLogs,
  type AnswerSources,
  cellReports,
  cellTable,
  comparisonText,
  exportLmEval,
  HARNESS,
  HARNESS_COLUMNS,
  harnessRow,
  IMPORTED,
  IMPORTED_COLUMNS,
  importedRow,
  MOST_ANSWERS,
  PAGE_MARK,
  Report,
  reportPage,
  reportText,
  sampledAnswers,
  scalingName,
  scalingText,
} from '../engine/eval/report/index.ts';
import { openProjectCorpus } from '../engine/generate/index.ts';
import type { Project } from '../engine/project/index.ts';
import { type Arguments, wholeNumber } from './arguments.ts';
import { importVerb, removeVerb } from './importReport.ts';
import { Exit, printable, type Terminal, UsageError } from './terminal.ts';

/**
 * `report [--format markdown|csv|json] [--html FILE] [--lm-eval DIR]`: every evaluated cell with its interval, differences, the curve.
 * `report import FILE…` and `report remove ID…` put figures of other programs beside them.
 */
export async function reportVerb(
  terminal: Terminal,
  project: Project,
  [action, ...files]: readonly string[],
  values: Arguments['values'],
): Promise<Exit> {
  if (action === 'import') return importVerb(terminal, project, files);
  if (action === 'remove') return removeVerb(terminal, project, files);
  if (action !== undefined) throw new UsageError('report [import FILE… | remove ID…]');
  const format = formatOf(values.format);
  const corpus = await knownCorpus(project);
  const report = new Report(project.paths, async () => sourceTokens(corpus));
  const { html, answers, 'lm-eval': lmEval } = values;
  if (answers !== undefined && html === undefined)
    throw new UsageError('--answers N puts answers into the page: give --html FILE with it');
  if (html !== undefined) await writePage(terminal, project, report, corpus, { html, answers });
  if (lmEval !== undefined) await writeLmEval(terminal, project, report, corpus, lmEval);
  if (html !== undefined || lmEval !== undefined) return Exit.done;
  const summary = await report.summary();
  if (terminal.json) {
    for (const cell of cellReports(summary)) terminal.record(cell);
    for (const row of summary.harness) terminal.record({ harness: 'lm_eval', ...row });
    for (const cell of summary.imported) terminal.record(cell);
    return Exit.done;
  }
  if (format) {
    process.stdout.write(reportText(summary, format));
    return Exit.done;
  }
  if (summary.cells.length === 0) {
    terminal.say(
      'Nothing is evaluated yet. "smt evaluate" asks the questions of your benchmarks; it can be stopped and resumed.',
    );
  } else sayCells(terminal, summary);
  sayHarness(terminal, summary.harness, summary.models);
  if (summary.imported.length > 0) {
    terminal.say(`\n${IMPORTED}`);
    terminal.table([IMPORTED_COLUMNS, ...summary.imported.map(importedRow)].map((row) => row.map(printable)));
    for (const note of new Set(summary.imported.flatMap(({ notes }) => notes))) terminal.say(`* ${printable(note)}`);
    const names = new Map(summary.imported.map((cell) => [cell.import, cell.file]));
    terminal.say(printable([...names].map(([id, file]) => `"smt report remove ${id}" takes ${file} out.`).join('\n')));
  }
  if (summary.warnings.length > 0) terminal.say('');
  for (const warning of summary.warnings) terminal.say(`note: ${printable(warning)}`);
  return Exit.done;
}

/** Tasks of lm-evaluation-harness, before and after training. */
export function sayHarness(terminal: Terminal, rows: readonly HarnessRow[], models: ResultsSummary['models']): void {
  if (rows.length === 0) return;
  terminal.say(`\n${HARNESS}`);
  terminal.table([HARNESS_COLUMNS, ...rows.map((one) => harnessRow(one, models))].map((row) => row.map(printable)));
}

/** The table of cells with what must be read with it. */
export function sayTable(
  terminal: Terminal,
  summary: Pick<ResultsSummary, 'cells' | 'models'>,
  footnotes: Footnotes,
): void {
  const { rows, below, notes } = cellTable(summary, footnotes);
  terminal.table(rows.map((row) => row.map(printable)));
  for (const line of below) terminal.say(printable(line));
  for (const note of notes) terminal.say(`note: ${printable(note)}`);
}

function sayCells(terminal: Terminal, summary: ResultsSummary): void {
  const footnotes = new Footnotes();
  sayTable(terminal, summary, footnotes);
  if (summary.comparisons.length > 0)
    terminal.say('\nDifferences on the same questions (paired bootstrap over documents)');
  for (const comparison of summary.comparisons) terminal.say(`  ${printable(comparisonText(comparison, footnotes))}`);
  for (const line of footnotes.lines()) terminal.say(printable(line));
  for (const views of scalingGroups(summary.scaling)) {
    terminal.say(`\nAccuracy over synthetic tokens: ${printable(scalingName(views))}`);
    for (const line of views.slice(0, 1).flatMap(scalingText)) terminal.say(`  ${line}`);
  }
}

/** One file that a browser shows as it is. Never over a file that is no report. */
async function writePage(
  terminal: Terminal,
  project: Project,
  report: Report,
  corpus: OpenedCorpus | undefined,
  { html: place, answers }: { html: string; answers: string | undefined },
): Promise<void> {
  const most = answers === undefined ? 0 : wholeNumber('--answers', answers, 0);
  if (most > MOST_ANSWERS)
    throw new UsageError(`--answers ${most}: at most ${MOST_ANSWERS}, so that it stays a report`);
  const file = resolve(place);
  if (!(await isOurs(file)))
    throw new UsageError(`${place} exists and is no report of this program; name another file`);
  const [summary, book] = [await report.summary(), await report.book()];
  const titles = new Map(corpus?.documents.map(({ id, title }) => [id, title]));
  const logs = await AnswerLogs.open(project.paths);
  try {
    const sampled = await sampledAnswers(book, summary, most, sourcesOf(logs, corpus));
    const page = { name: project.config.name, at: new Date(), summary, book, titles, answers: sampled };
    await writeFile(file, reportPage(page));
  } finally {
    await logs.close();
  }
  terminal.record({ file, cells: summary.cells.length, imported: summary.imported.length });
  terminal.say(`${place} is written: ${summary.cells.length} cells, no script, nothing loaded from anywhere.`);
}

/** Is there nothing yet, or a page of ours? Of a file of any size the beginning alone is read. */
async function isOurs(file: string): Promise<boolean> {
  try {
    const there = await open(file);
    try {
      const { buffer, bytesRead } = await there.read(Buffer.alloc(PAGE_MARK.length), 0, PAGE_MARK.length, 0);
      return buffer.toString('utf8', 0, bytesRead) === PAGE_MARK;
    } finally {
      await there.close();
    }
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

/** What lm-evaluation-harness would have written, one folder a model. */
async function writeLmEval(
  terminal: Terminal,
  project: Project,
  report: Report,
  corpus: OpenedCorpus | undefined,
  folder: string,
): Promise<void> {
  const [summary, book] = [await report.summary(), await report.book()];
  if (summary.cells.length === 0) throw new UsageError('nothing is evaluated yet: there is nothing to export');
  const logs = await AnswerLogs.open(project.paths);
  try {
    const files = await exportLmEval({ summary, book, at: new Date() }, resolve(folder), {
      ...sourcesOf(logs, corpus),
      prompt: (request) => logs.prompt(request),
    });
    for (const file of files) terminal.record({ file: join(resolve(folder), file) });
    for (const file of files) terminal.say(printable(join(folder, file)));
  } finally {
    await logs.close();
  }
}

function sourcesOf(logs: AnswerLogs, corpus: OpenedCorpus | undefined): AnswerSources {
  return {
    completion: (request) => logs.completion(request),
    document: async (id) => {
      const found = corpus?.documents.find((document) => document.id === id);
      return corpus && found ? { title: found.title, text: await corpus.text(id) } : undefined;
    },
  };
}

function formatOf(text: string | undefined): ReportFormat | undefined {
  if (text === undefined) return undefined;
  const parsed = ReportFormat.safeParse(text);
  if (!parsed.success) throw new UsageError(`--format "${text}" is not one of ${ReportFormat.options.join(', ')}`);
  return parsed.data;
}

/** The documents, for titles and multiples of their tokens; undefined where the corpus cannot be read now. */
async function knownCorpus(project: Project): Promise<OpenedCorpus | undefined> {
  try {
    const { corpus, counter } = await openProjectCorpus(project);
    await counter.close();
    return corpus;
  } catch {
    return undefined;
  }
}

function sourceTokens(corpus: OpenedCorpus | undefined): number | null {
  const tokens = corpus?.documents.reduce((sum, document) => sum + document.tokens.tokens, 0) ?? 0;
  return tokens > 0 ? tokens : null;
}
