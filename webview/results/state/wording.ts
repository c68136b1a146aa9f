import { modelLabel } from '../../../src/contract/reportNames.ts';
import type {
  Comparison,
  FourCells,
  PairOutcome,
  ResultCell,
  ResultsSummary,
  ScalingView,
} from '../../../src/contract/results.ts';

/** Figures and names as people read them. Pure. */

const whole = new Intl.NumberFormat('en-US');
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

export const count = (value: number): string => whole.format(value);
export const tokens = (value: number): string => compact.format(value);
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
export const points = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)}`;
export const plural = (many: number, one: string): string => `${count(many)} ${one}${many === 1 ? '' : 's'}`;

export function interval(ends: readonly [number, number] | null): string {
  return ends === null ? 'no interval' : `${(ends[0] * 100).toFixed(1)} – ${(ends[1] * 100).toFixed(1)}`;
}

export function pointInterval(ends: readonly [number, number]): string {
  return `${points(ends[0])} to ${points(ends[1])}`;
}

export function pValue(p: number | null): string {
  if (p === null) return 'no p';
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

export const SETTINGS = { closed_book: 'closed-book', rag: '+ RAG', gold: '+ gold passage' } as const;

/** `Base + RAG`, `main-700000000 closed-book`. */
export function cellName(summary: ResultsSummary, cell: ResultCell): string {
  const keys = ['benchmark', 'split', 'model', 'setting', 'scoring'] as const;
  const twin = summary.cells.some((other) => other.id !== cell.id && keys.every((key) => other[key] === cell[key]));
  // Two cells of one name: engine and recipe tell them apart.
  const which = twin ? ` (${cell.engine}, recipe ${cell.recipe.slice(0, 6)})` : '';
  return `${modelLabel(summary, cell.model)} ${SETTINGS[cell.setting]}${which}`;
}

export const fourKey = ({ benchmark, split, scoring, base, model }: FourCells): string =>
  [benchmark, split, scoring, base, model ?? ''].join('|');

export function fourName(summary: ResultsSummary, four: FourCells): string {
  const split = four.split === 'all' ? '' : ` (${four.split})`;
  const scoring = four.scoring === 'generate' ? '' : `, ${four.scoring.replaceAll('_', ' ')}`;
  return `${four.benchmark}${split}${scoring}: ${four.model === null ? modelLabel(summary, four.base) : modelLabel(summary, four.model)}`;
}

export const ABOUT: Record<Comparison['about'], string> = {
  beats_rag: 'Trained closed-book against base + RAG',
  gain: 'What training added, closed-book',
  with_rag: 'Trained + RAG against base + RAG',
  rag: 'What retrieval adds to the base model',
  general: 'General ability after training (guard rail)',
  chosen: 'First minus second',
};

/** What a difference allows to say, in one sentence. Never more than its interval. */
export function verdict(comparison: Extract<Comparison, { kind: 'delta' }>): string {
  const { ci95, not_enough } = comparison;
  if (ci95 === null) return `Not enough: ${not_enough ?? 'no interval'}.`;
  if (ci95[0] > 0) return 'Better: the interval lies above 0.';
  if (ci95[1] < 0) return 'Worse: the interval lies below 0.';
  return 'Undecided: the interval includes 0.';
}

/** What the interval of an imported figure was computed from. */
export const BASIS = { documents: 'documents', questions: 'questions', stderr: 'the log’s standard error' } as const;

export const OUTCOMES: readonly { id: PairOutcome; label: string }[] = [
  { id: 'right_wrong', label: 'first right, second wrong' },
  { id: 'wrong_right', label: 'first wrong, second right' },
  { id: 'right_right', label: 'both right' },
  { id: 'wrong_wrong', label: 'both wrong' },
];

/** The fit in words. */
export function scalingSentences(view: ScalingView): string[] {
  const { fit } = view;
  if (fit.kind === 'not_enough') return [`No line: ${fit.reason}.`];
  const slope = fit.b95 === null ? '' : ` (95 % ${pointInterval([fit.b95[0] * Math.LN2, fit.b95[1] * Math.LN2])})`;
  const quality = fit.r2 === null ? '' : ` R² = ${fit.r2.toFixed(3)}.`;
  const said = [`${points(fit.per_doubling)} points per doubling of tokens${slope}.${quality}`];
  const { to_rag } = fit;
  if (to_rag.kind === 'none') said.push(`Tokens to RAG: none: ${to_rag.reason}.`);
  else {
    const bound = (value: number | null) => (value === null ? 'open' : tokens(value));
    const multiple = to_rag.multiple ? `, ${count(Math.round(to_rag.multiple.tokens))} × the documents` : '';
    const far = { above: ' Extrapolated beyond the largest budget.', below: ' Below the smallest budget.' };
    said.push(
      `Tokens to RAG: ${tokens(to_rag.tokens)} (95 % ${bound(to_rag.low)} to ${bound(to_rag.high)})${multiple}.${to_rag.extrapolated ? far[to_rag.extrapolated] : ''}`,
    );
  }
  if (fit.saturating) said.push('The last points lie below the line: it flattens; do not extrapolate.');
  if (fit.b95_scatter && fit.b95_scatter[0] <= 0) {
    said.push('By the scatter of the models alone the slope could be 0.');
  }
  return said;
}
