import { Footnotes } from '../../../../contract/footnotes.ts';
import { type HarnessRow, harnessFigure, standsWith } from '../../../../contract/harness.ts';
import { modelLabel, scoringLabel } from '../../../../contract/reportNames.ts';
import type {
  Comparison,
  ComparisonAbout,
  FourCells,
  ResultCell,
  ResultsSummary,
} from '../../../../contract/results.ts';
import { HARNESS } from '../harnessRows.ts';
import { IMPORTED } from '../importedRows.ts';
import { binomialHint, delta95, percent, points, pValue, range } from '../wording.ts';
import { html, type Markup } from './markup.ts';
import { cellLabel, cellsOf, splitLabel } from './names.ts';
import { rail } from './rail.ts';

/**
 * A table that may be wider than the page: scrolled by keyboard too, so it takes focus and has a name.
 * @param of what stands over it, where several tables have one caption
 */
export function table(caption: string, head: readonly string[], rows: readonly Markup[], of?: string): Markup {
  const figures = new Set([
    'accuracy',
    'figure',
    '95 %',
    '95 % over documents',
    'decoding',
    'n',
    'parsed',
    'points',
    'p',
    'questions',
    'tokens',
    'seed',
  ]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${of === undefined ? caption : `${caption}: ${of}`}"><table><caption>${caption}</caption><thead><tr>${head.map(
    (name) => html`<th scope="col"${figures.has(name) ? html` class="figure"` : null}>${name}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const CELL_HEAD = ['cell', 'accuracy', '95 % over documents', 'decoding', 'n', 'parsed', '0 – 100 %'];

/** Four cells of one model with their paired differences. */
export function fourCells(summary: ResultsSummary, four: FourCells): Markup {
  const cells = cellsOf(summary, four);
  const ragCell = cells.find(({ id }) => id === four.base_rag);
  const footnotes = new Footnotes(cells.map(({ notes }) => notes));
  const name = `${four.benchmark}${splitLabel(four.split)}, ${scoringLabel(four.scoring)}: ${modelLabel(summary, four.model ?? four.base)}`;
  const missing = [
    ...(four.base_closed_book === null ? ['base closed-book'] : []),
    ...(four.base_rag === null ? ['base with RAG'] : []),
    ...(four.trained_closed_book === null ? ['trained closed-book'] : []),
    ...(four.trained_rag === null ? ['trained with RAG'] : []),
  ];
  return html`<h3>${name}</h3>${table(
    'Four cells',
    CELL_HEAD,
    cells.map((cell) => cellRow(cell, cellLabel(summary, cell), [], footnotes, ragCell?.accuracy)),
    name,
  )}${footnoteLines(footnotes)}${missing.length === 0 ? null : html`<p class="muted">Not evaluated: ${missing.join(', ')}.</p>`}${
    ragCell ? html`<p class="covers">Dashed: base + RAG. ${binomialHint(ragCell)}</p>` : null
  }${differences(summary, 'Differences on the same questions', four.comparisons, name)}${differences(
    summary,
    'Guard rail: general questions before and after training',
    four.general,
    name,
  )}${harnessTable(
    summary.harness.filter((row) => standsWith(row, four)),
    name,
  )}`;
}

/** Tasks of lm-evaluation-harness of one trained model, or of the base alone. */
export function harnessTable(found: readonly HarnessRow[], of: string): Markup | null {
  const [first] = found;
  if (!first) return null;
  const { model } = first;
  const rows = found.map(
    ({ task, metric, limit, base, trained, tool }) =>
      html`<tr><th scope="row">${task}<br><span class="sub">${metric}; ${tool}${limit === null ? '' : `; at most ${limit} questions`}</span></th><td>${harnessFigure(base)}</td>${model === null ? null : html`<td>${harnessFigure(trained)}</td>`}</tr>`,
  );
  const head = ['task', 'base ± standard error', ...(model === null ? [] : ['trained ± standard error'])];
  return html`${table('Guard rail: tasks of lm-evaluation-harness', head, rows, of)}<p class="covers">${HARNESS}</p>`;
}

/** Every cell, with what tells it from others of its name. */
export function allCells(summary: ResultsSummary): Markup {
  const footnotes = new Footnotes(summary.cells.map(({ notes }) => notes));
  const rows = summary.cells.map((cell) => {
    const { benchmark, split, scoring, engine, dtype, recipe } = cell;
    const about = `${scoringLabel(scoring)}, ${engine}, ${dtype}${splitLabel(split)}, recipe ${recipe.slice(0, 6)}`;
    return cellRow(cell, `${benchmark}: ${cellLabel(summary, cell)}`, [about], footnotes);
  });
  return html`${table('All cells', CELL_HEAD, rows)}${footnoteLines(footnotes)}`;
}

/** Footnotes of the table above, each once. */
function footnoteLines(footnotes: Footnotes): Markup | null {
  const lines = footnotes.lines();
  return lines.length === 0 ? null : html`${lines.map((line) => html`<p class="covers footnote">${line}</p>`)}`;
}

function cellRow(
  cell: ResultCell,
  label: string,
  about: readonly string[],
  footnotes: Footnotes,
  level?: number,
): Markup {
  const {
    questions,
    questions_total,
    n,
    accuracy,
    ci95,
    ci95_decoding,
    parse_rate,
    toy,
    live,
    judge,
    notes = [],
  } = cell;
  const asked = questions < questions_total ? `${questions} of ${questions_total}` : `${questions}`;
  const sub = [
    ...about,
    ...(live ? ['still running'] : []),
    ...(toy ? ['toy model'] : []),
    ...(judge && !judge.validated ? ['judge not validated'] : []),
  ];
  return html`<tr><th scope="row">${label}${footnotes.after(...notes)}${sub.length > 0 ? html`<br><span class="sub">${sub.join('; ')}</span>` : null}</th>${figureFields(percent(accuracy), ci95 && `${range(ci95)}${footnotes.after(cell.ci95_note)}`, cell.not_enough)}<td class="figure sub">${
    ci95_decoding ? range(ci95_decoding) : '–'
  }</td><td class="figure">${asked} × ${Number(n.toFixed(1))}</td><td class="figure">${percent(parse_rate)}</td><td class="drawn">${rail(
    { value: accuracy, ci95, mark: cell.model === 'base' || cell.model.startsWith('endpoint:') ? 'base' : 'trained' },
    { level },
  )}</td></tr>`;
}

/** A figure and its interval, or neither and why: no number of the page stands alone. */
export function figureFields(figure: string, interval: string | null, notEnough: string | undefined): Markup {
  return interval === null
    ? html`<td class="figure">–</td><td class="not sub">not enough: ${notEnough ?? 'no interval'}</td>`
    : html`<td class="figure"><strong>${figure}</strong></td><td class="figure">${interval}</td>`;
}

const ABOUT: Record<ComparisonAbout, string> = {
  beats_rag: 'Trained closed-book against base + RAG',
  gain: 'What training added, closed-book',
  with_rag: 'Trained + RAG against base + RAG',
  rag: 'What retrieval adds to the base model',
  general: 'General ability after training',
  chosen: 'Chosen',
};

function differences(summary: ResultsSummary, caption: string, ids: readonly string[], of: string): Markup | null {
  const found = ids.flatMap((id) => summary.comparisons.find((one) => one.id === id) ?? []);
  if (found.length === 0) return null;
  const head = ['difference', 'points', '95 % over documents', 'p', 'questions', '−50 … +50 points'];
  const footnotes = new Footnotes();
  const rows = found.map((one) => differenceRow(summary, one, footnotes));
  return html`${table(caption, head, rows, of)}${footnoteLines(footnotes)}`;
}

function differenceRow(summary: ResultsSummary, comparison: Comparison, footnotes: Footnotes): Markup {
  const [first, second] = [comparison.first, comparison.second].map((id) => summary.cells.find((one) => one.id === id));
  const title = first && second ? `${cellLabel(summary, second)} − ${cellLabel(summary, first)}` : comparison.title;
  const about = html`${ABOUT[comparison.about]}<br><span class="sub">${title}</span>`;
  if (comparison.kind === 'not_comparable')
    return html`<tr><th scope="row">${about}</th><td colspan="5">No difference is shown: ${comparison.reason}. <span class="muted">${comparison.hint}</span></td></tr>`;
  const { delta, ci95, p, questions, documents, mcnemar, note, ci95_note, not_enough } = comparison;
  const said = `McNemar: ${mcnemar.second_only} gained, ${mcnemar.first_only} lost, ${pValue(mcnemar.p)}${note ? `; ${note}` : ''}`;
  return html`<tr><th scope="row">${about}<br><span class="sub">${said}</span></th>${figureFields(points(delta), ci95 && `${delta95(ci95)}${footnotes.after(ci95_note)}`, not_enough)}<td class="figure">${pValue(p)}</td><td class="figure">${questions}<br><span class="sub">of ${documents} documents</span></td><td class="drawn">${rail(
    { value: delta, ci95, mark: 'trained' },
    { from: -0.5, to: 0.5, level: 0 },
  )}</td></tr>`;
}

/** Figures of other programs, marked as such. */
export function importedTable({ imported }: ResultsSummary): Markup {
  const basis = { documents: 'documents', questions: 'questions', stderr: 'the log’s standard error' } as const;
  const rows = imported.map(
    (cell) =>
      html`<tr><th scope="row">${cell.task}: ${cell.model}<br><span class="sub">${cell.metric}; imported from ${cell.tool}, ${cell.file}. ${cell.notes.join(' ')}</span></th>${figureFields(percent(cell.accuracy), cell.ci95 && range(cell.ci95), cell.not_enough)}<td>${
        cell.ci95_basis === null ? '–' : basis[cell.ci95_basis]
      }</td><td class="figure">${cell.questions === null ? 'not said' : `${cell.questions} × ${Number(cell.n.toFixed(1))}`}</td><td class="drawn">${rail(
        { value: cell.accuracy, ci95: cell.ci95, mark: 'elsewhere' },
      )}</td></tr>`,
  );
  return html`<p class="covers">${IMPORTED}</p>${table('Imported figures', ['imported', 'figure', '95 %', 'interval over', 'n', '0 – 100 %'], rows)}`;
}
