import type { Comparison, ResultCell, ScalingView } from '../../../contract/results.ts';
import { GENERAL } from './fourCells.ts';

/** Parse rates below this make an accuracy mostly a statement about format. */
const LOW_PARSE_RATE = 0.9;

/** What a reader must know before believing a figure, one sentence each, most serious first. */
export function warningsOf(
  cells: readonly ResultCell[],
  comparisons: readonly Comparison[],
  scaling: readonly ScalingView[],
  problems: readonly string[],
): string[] {
  const said: string[] = [];
  if (cells.some(({ toy }) => toy)) {
    said.push(
      'Answers come from a very small model: the figures show how the product works, not what the recipe can do.',
    );
  }
  const unvalidated = new Map(
    cells.flatMap(({ judge }) => (judge && !judge.validated ? [[judge.model, judge.kappa] as const] : [])),
  );
  for (const [judge, kappa] of unvalidated) {
    said.push(
      kappa === undefined
        ? `The judge ${judge} was not validated against people's labels: its figures do not count yet.`
        : `The judge ${judge} agrees too little with people's labels (Cohen's κ ${kappa.toFixed(2)}): its figures do not count.`,
    );
  }
  for (const cell of cells) {
    if (cell.parse_rate >= LOW_PARSE_RATE) continue;
    const rate = Math.round(cell.parse_rate * 100);
    said.push(
      `${cell.benchmark}, ${cell.model_name ?? cell.model} ${cell.setting.replace('_', '-')}: only ${rate} % of the answers${cell.judge ? ' and verdicts' : ''} could be parsed; unparsed counts as wrong.`,
    );
  }
  const partial = cells.filter(({ questions, questions_total }) => questions < questions_total);
  if (partial.length > 0) {
    said.push(
      `${partial.length} of ${cells.length} cells do not have all questions of their benchmark: their n says how many.`,
    );
  }
  for (const { about, kind, ...rest } of comparisons) {
    if (about !== 'general' || kind !== 'delta' || !('ci95' in rest) || !rest.ci95 || rest.ci95[1] >= 0) continue;
    said.push(`General ability fell (${rest.title}): continued training damaged the model beyond the corpus.`);
  }
  for (const view of scaling) {
    if (view.fit.kind === 'fit' && view.fit.saturating) {
      said.push(
        `${view.benchmark}, ${view.mixture}: the last points lie below the fitted line, so the curve flattens; do not extrapolate it.`,
      );
    }
  }
  if (cells.length > 0 && cells.every(({ benchmark }) => benchmark === GENERAL)) {
    said.push('Only the general panel was asked: it is a guard rail, no result.');
  }
  return [...said, ...problems.slice(0, 5)];
}
