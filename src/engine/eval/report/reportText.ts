import { CellReport } from '../../../contract/evaluation.ts';
import type { ReportFormat, ResultCell, ResultsSummary } from '../../../contract/results.ts';
import { HARNESS, HARNESS_COLUMNS, harnessRow } from './harnessRows.ts';
import { IMPORTED, IMPORTED_COLUMNS, importedRow } from './importedRows.ts';
import { COVERS, COVERS_DECODING, comparisonText, percent, range, scalingText } from './wording.ts';

/** The rows of `report --json`: exactly the contract's fields. */
export function cellReports(summary: ResultsSummary): CellReport[] {
  return summary.cells.map((cell) => CellReport.parse(cell));
}

export const CELL_COLUMNS = [
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

/** A cell as a row of words, in the order of `CELL_COLUMNS`. Where another of `all` has its name, engine and recipe are said. */
export function cellRow(cell: ResultCell, all: readonly ResultCell[] = []): string[] {
  const { benchmark, split, model, setting, scoring, questions, questions_total, n, ci95, ci95_decoding } = cell;
  const asked = questions < questions_total ? `${questions} of ${questions_total}` : `${questions}`;
  return [
    split === 'all' ? benchmark : `${benchmark} (${split})`,
    model,
    `${setting.replace('_', '-')}${twin(cell, all) ? ` (${cell.engine}, recipe ${cell.recipe.slice(0, 6)})` : ''}`,
    scoring.replaceAll('_', ' '),
    `${asked} × ${Number(n.toFixed(1))}`,
    percent(cell.accuracy),
    ci95 ? `${range(ci95)}${cell.ci95_note ? ' *' : ''}` : `not enough: ${cell.not_enough ?? ''}`,
    ci95_decoding ? range(ci95_decoding) : '–',
    percent(cell.parse_rate),
  ];
}

/** Another cell of the same name: then engine and recipe tell them apart. */
function twin(cell: ResultCell, all: readonly ResultCell[]): boolean {
  const keys = ['benchmark', 'split', 'model', 'setting', 'scoring'] as const;
  return all.some((other) => other.id !== cell.id && keys.every((key) => other[key] === cell[key]));
}

/** How cells were asked: each note once, with the cells it is about. */
export function cellNotes({ cells }: Pick<ResultsSummary, 'cells'>): string[] {
  const about = new Map<string, string[]>();
  for (const { benchmark, model, setting, scoring, notes = [] } of cells)
    for (const note of notes)
      about.set(note, [
        ...(about.get(note) ?? []),
        `${benchmark}, ${model} ${setting.replace('_', '-')}, ${scoring.replaceAll('_', ' ')}`,
      ]);
  return [...about].map(([note, names]) =>
    names.length === cells.length ? note : `${[...new Set(names)].join('; ')}: ${note}`,
  );
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
  ];
  const none = undefined;
  const rows = cellReports(summary).map((cell) => [
    ...[cell.benchmark, cell.split, cell.model, cell.engine, cell.dtype, cell.setting, cell.retrieval, cell.scoring],
    ...[cell.recipe, cell.questions, cell.questions_total, cell.n, cell.accuracy, cell.ci95?.[0], cell.ci95?.[1]],
    ...[cell.not_enough, cell.ci95_decoding?.[0], cell.ci95_decoding?.[1], cell.parse_rate, cell.updated, cell.toy],
    ...[none, 'documents', none],
  ]);
  const imported = summary.imported.map((cell) => [
    ...[cell.task, none, cell.model, none, none, none, none, cell.metric, none, cell.questions ?? none],
    ...[none, cell.n, cell.accuracy, cell.ci95?.[0], cell.ci95?.[1], cell.not_enough, none, none, none],
    ...[cell.created ?? none, none, `${cell.imported} ${cell.file}`, cell.ci95_basis ?? none, none],
  ]);
  const harness = summary.harness.flatMap((row) =>
    ([['base', row.base] as const, [row.model ?? 'base', row.trained] as const] as const).flatMap(([model, figure]) =>
      figure === null || !figure.stderr
        ? []
        : [
            [
              ...[row.task, none, model, row.tool, none, none, none, row.metric, none, figure.questions ?? none],
              ...[none, none, figure.accuracy, none, none, 'standard error of the harness', none, none, none],
              ...[none, none, none, none, figure.stderr],
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
  const table = summary.cells.map((one) => row(cellRow(one, summary.cells)));
  const notes = [...new Set(summary.cells.flatMap(({ ci95_note }) => (ci95_note ? [ci95_note] : [])))];
  const asked = cellNotes(summary);
  const list = (texts: readonly string[]) => texts.map((text) => `- ${cell(text)}`).join('\n');
  return [
    '# Results',
    ...(summary.warnings.length > 0 ? [list(summary.warnings)] : []),
    [row(CELL_COLUMNS), row(CELL_COLUMNS.map(() => '---')), ...table].join('\n'),
    [COVERS, COVERS_DECODING, ...notes.map((note) => `\\* ${note}`)].join('\n\n'),
    ...(asked.length > 0 ? [list(asked)] : []),
    ...(summary.comparisons.length > 0
      ? ['## Differences on the same questions', list(summary.comparisons.map(comparisonText))]
      : []),
    ...summary.scaling.flatMap((view) => [
      `## Scaling: ${cell(view.benchmark)}, ${cell(view.mixture)}`,
      [
        row(['model', 'seed', 'synthetic tokens', 'n', 'accuracy', '95 % over documents']),
        row(Array.from({ length: 6 }, () => '---')),
        ...view.points.map((point) =>
          row([
            point.model,
            `${point.seed}`,
            `${point.tokens}`,
            `${point.questions} × ${Number(point.n.toFixed(1))}`,
            percent(point.accuracy),
            range(point.ci95),
          ]),
        ),
      ].join('\n'),
      list(scalingText(view)),
    ]),
    ...(summary.harness.length > 0
      ? [
          '## General ability',
          HARNESS,
          [
            row(HARNESS_COLUMNS),
            row(HARNESS_COLUMNS.map(() => '---')),
            ...summary.harness.map((one) => row(harnessRow(one))),
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
