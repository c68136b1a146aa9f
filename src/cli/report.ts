import { ReportFormat } from '../contract/results.ts';
import {
  CELL_COLUMNS,
  COVERS,
  COVERS_DECODING,
  cellReports,
  cellRow,
  comparisonText,
  readReport,
  reportText,
  scalingText,
} from '../engine/eval/report/index.ts';
import { openProjectCorpus } from '../engine/generate/index.ts';
import type { Project } from '../engine/project/index.ts';
import type { Arguments } from './arguments.ts';
import { Exit, printable, type Terminal, UsageError } from './terminal.ts';

/** `report [--format markdown|csv|json]`: every evaluated cell with its interval, differences, the curve. */
export async function reportVerb(terminal: Terminal, project: Project, values: Arguments['values']): Promise<Exit> {
  const format = formatOf(values.format);
  const summary = await readReport(project.paths, await sourceTokens(project));
  if (terminal.json) {
    for (const cell of cellReports(summary)) terminal.record(cell);
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
    return Exit.done;
  }
  terminal.table(
    [CELL_COLUMNS, ...summary.cells.map((cell) => cellRow(cell, summary.cells))].map((row) => row.map(printable)),
  );
  terminal.say(`n is questions × answers a question. ${COVERS}`);
  if (summary.cells.some(({ ci95_decoding }) => ci95_decoding)) terminal.say(COVERS_DECODING);
  for (const note of new Set(summary.cells.flatMap(({ ci95_note }) => ci95_note ?? []))) terminal.say(`* ${note}`);
  if (summary.comparisons.length > 0)
    terminal.say('\nDifferences on the same questions (paired bootstrap over documents)');
  for (const comparison of summary.comparisons) terminal.say(`  ${printable(comparisonText(comparison))}`);
  for (const view of summary.scaling) {
    terminal.say(`\nAccuracy over synthetic tokens: ${printable(view.benchmark)}, ${printable(view.mixture)}`);
    for (const line of scalingText(view)) terminal.say(`  ${line}`);
  }
  if (summary.warnings.length > 0) terminal.say('');
  for (const warning of summary.warnings) terminal.say(`note: ${printable(warning)}`);
  return Exit.done;
}

function formatOf(text: string | undefined): ReportFormat | undefined {
  if (text === undefined) return undefined;
  const parsed = ReportFormat.safeParse(text);
  if (!parsed.success) throw new UsageError(`--format "${text}" is not one of ${ReportFormat.options.join(', ')}`);
  return parsed.data;
}

/** Tokens of the documents, for multiples of them; null where the corpus cannot be read now. */
async function sourceTokens(project: Project): Promise<number | null> {
  try {
    const { corpus, counter } = await openProjectCorpus(project);
    await counter.close();
    const tokens = corpus.documents.reduce((sum, document) => sum + document.tokens.tokens, 0);
    return tokens > 0 ? tokens : null;
  } catch {
    return null;
  }
}
