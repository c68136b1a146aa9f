import { REPORT_MARK } from '../../../contract/corpus.ts';
import { CellReport } from '../../../contract/evaluation.ts';
import { Footnotes } from '../../../contract/footnotes.ts';
import { modelLines } from '../../../contract/modelLines.ts';
import { modelName } from '../../../contract/reportNames.ts';
import type { ReportFormat, ResultCell, ResultsSummary } from '../../../contract/results.ts';
import { scalingGroups } from '../../../contract/scalingGroups.ts';
import { cellNotes } from './cellNotes.ts';
import { HARNESS, HARNESS_COLUMNS, harnessRow } from './harnessRows.ts';
import { IMPORTED, IMPORTED_COLUMNS, importedRow } from './importedRows.ts';
import { COVERS, COVERS_DECODING, comparisonText, percent, range, scalingName, scalingText } from './wording.ts';

/** The rows of `report --json`: exactly the contract's fields. */
export function cellReports(summary: ResultsSummary): CellReport[] {
  return summary.cells.map((cell) => CellReport.parse(cell));
}

const CELL_COLUMNS = [
  'benchmark',
  'model',
  'setting',
  'scoring',
  'n',
  'accuracy',
  '95 % over documents',
  'decoding',
  'parsed',
];

/** Cells as rows of words under a head, and what must be read with them. */
export interface CellTable {
  readonly rows: readonly (readonly string[])[];
  /** What n and the intervals are, the footnotes of the rows, and which model each name is. */
  readonly below: readonly string[];
  /** How classes of cells were asked. */
  readonly notes: readonly string[];
}

/** @param footnotes of the whole report: what is marked again further down keeps its mark */
export function cellTable(
  { cells, models }: Pick<ResultsSummary, 'cells' | 'models'>,
  footnotes: Footnotes,
): CellTable {
  const rows = cells.map((cell) => cellRow(cell, cells, footnotes));
  const shown = new Set(cells.map(({ model }) => model));
  return {
    rows: [CELL_COLUMNS, ...rows],
    below: [
      `n is questions × answers a question. ${COVERS}`,
      ...(cells.some(({ ci95_decoding }) => ci95_decoding) ? [COVERS_DECODING] : []),
      ...footnotes.lines(),
      ...modelLines(models.filter(({ model }) => shown.has(model))),
    ],
    notes: cellNotes(cells, ({ notes = [] }) => notes),
  };
}

/** In the order of `CELL_COLUMNS`. Where another of `all` has its name, engine and recipe are said. */
function cellRow(cell: ResultCell, all: readonly ResultCell[], footnotes: Footnotes): string[] {
  const { benchmark, split, model, model_name, setting, scoring, questions, questions_total, n, ci95, ci95_decoding } =
    cell;
  const asked = questions < questions_total ? `${questions} of ${questions_total}` : `${questions}`;
  return [
    split === 'all' ? benchmark : `${benchmark} (${split})`,
    model_name ?? model,
    `${setting.replace('_', '-')}${twin(cell, all) ? ` (${cell.engine}, recipe ${cell.recipe.slice(0, 6)})` : ''}`,
    scoring.replaceAll('_', ' '),
    `${asked} × ${Number(n.toFixed(1))}`,
    percent(cell.accuracy),
    ci95 ? `${range(ci95)}${footnotes.after(cell.ci95_note)}` : `not enough: ${cell.not_enough ?? ''}`,
    ci95_decoding ? range(ci95_decoding) : '–',
    percent(cell.parse_rate),
  ];
}

/** Another cell of the same name: then engine and recipe tell them apart. */
function twin(cell: ResultCell, all: readonly ResultCell[]): boolean {
  const keys = ['benchmark', 'split', 'model', 'setting', 'scoring'] as const;
  return all.some((other) => other.id !== cell.id && keys.every((key) => other[key] === cell[key]));
}

/** The report as a file. */
export function reportText(summary: ResultsSummary, format: ReportFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(summary, null, 2)}\n`;
    case 'csv':
      return csv(summary);
    case 'markdown':
      return markdown(summary);
  }
}

function csv(summary: ResultsSummary): string {
  const columns = [
    ...['benchmark', 'split', 'model', 'engine', 'dtype', 'setting', 'retrieval', 'scoring', 'recipe', 'questions'],
    ...['questions_total', 'n', 'accuracy', 'ci95_low', 'ci95_high', 'not_enough', 'ci95_decoding_low'],
    ...['ci95_decoding_high', 'parse_rate', 'updated', 'toy', 'imported', 'ci95_basis', 'stderr'],
    'model_name',
  ];
  const none = undefined;
  const rows = cellReports(summary).map((cell) => [
    ...[cell.benchmark, cell.split, cell.model, cell.engine, cell.dtype, cell.setting, cell.retrieval, cell.scoring],
    ...[cell.recipe, cell.questions, cell.questions_total, cell.n, cell.accuracy, cell.ci95?.[0], cell.ci95?.[1]],
    ...[cell.not_enough, cell.ci95_decoding?.[0], cell.ci95_decoding?.[1], cell.parse_rate, cell.updated, cell.toy],
    ...[none, 'documents', none, cell.model_name],
  ]);
  const imported = summary.imported.map((cell) => [
    ...[cell.task, none, cell.model, none, none, none, none, cell.metric, none, cell.questions ?? none],
    ...[none, cell.n, cell.accuracy, cell.ci95?.[0], cell.ci95?.[1], cell.not_enough, none, none, none],
    ...[cell.created ?? none, none, `${cell.imported} ${cell.file}`, cell.ci95_basis ?? none, none],
    none,
  ]);
  const harness = summary.harness.flatMap((row) =>
    ([['base', row.base] as const, [row.model ?? 'base', row.trained] as const] as const).flatMap(([model, figure]) =>
      figure === null || !figure.stderr
        ? []
        : [
            [
              ...[row.task, none, model, row.tool, none, none, none, row.metric, none, figure.questions ?? none],
              ...[none, none, figure.accuracy, none, none, 'standard error of the harness', none, none, none],
              ...[none, none, none, none, figure.stderr, modelName(summary, model)],
            ],
          ],
    ),
  );
  const field = (value: string | number | boolean | undefined) => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (value === undefined) return '';
    // A spreadsheet must not run a name from a file as a formula.
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows, ...harness, ...imported].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function markdown(summary: ResultsSummary): string {
  const cell = (text: string) =>
    text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ');
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const footnotes = new Footnotes();
  const { rows, below, notes } = cellTable(summary, footnotes);
  const [head = [], ...table] = rows;
  const differences = summary.comparisons.map((one) => comparisonText(one, footnotes));
  const list = (texts: readonly string[]) => texts.map((text) => `- ${cell(text)}`).join('\n');
  // A line that begins with a footnote's star would be a list.
  const lines = (texts: readonly string[]) => texts.map((text) => cell(text).replace(/^\*+/, escaped)).join('\n\n');
  return [
    `${REPORT_MARK}\n# Results`,
    ...(summary.warnings.length > 0 ? [list(summary.warnings)] : []),
    [row(head), row(head.map(() => '---')), ...table.map(row)].join('\n'),
    lines(below),
    ...(notes.length > 0 ? [list(notes)] : []),
    ...(differences.length > 0 ? ['## Differences on the same questions', list(differences)] : []),
    ...marked(footnotes, lines),
    ...scalingGroups(summary.scaling).flatMap((views) => [
      `## Scaling: ${cell(scalingName(views))}`,
      [
        row(['model', 'scoring', 'seed', 'synthetic tokens', 'n', 'accuracy', '95 % over documents']),
        row(Array.from({ length: 7 }, () => '---')),
        ...views.flatMap(({ points, scoring }) =>
          points.map((point) =>
            row([
              modelName(summary, point.model),
              scoring.replaceAll('_', ' '),
              `${point.seed}`,
              `${point.tokens}`,
              `${point.questions} × ${Number(point.n.toFixed(1))}`,
              percent(point.accuracy),
              range(point.ci95),
            ]),
          ),
        ),
      ].join('\n'),
      list(views.slice(0, 1).flatMap(scalingText)),
    ]),
    ...(summary.harness.length > 0
      ? [
          '## General ability',
          HARNESS,
          [
            row(HARNESS_COLUMNS),
            row(HARNESS_COLUMNS.map(() => '---')),
            ...summary.harness.map((one) => row(harnessRow(one, summary.models))),
          ].join('\n'),
        ]
      : []),
    ...(summary.imported.length > 0
      ? [
          '## Imported',
          IMPORTED,
          [
            row(IMPORTED_COLUMNS),
            row(IMPORTED_COLUMNS.map(() => '---')),
            ...summary.imported.map((one) => row(importedRow(one))),
          ].join('\n'),
          list([...new Set(summary.imported.flatMap(({ notes }) => notes))]),
        ]
      : []),
  ]
    .map((block) => `${block}\n`)
    .join('\n');
}

const escaped = (stars: string): string => stars.replaceAll('*', '\\*');

/** Footnotes of what stands above, where it has new ones. */
function marked(footnotes: Footnotes, lines: (texts: readonly string[]) => string): string[] {
  const found = footnotes.lines();
  return found.length === 0 ? [] : [lines(found)];
}
