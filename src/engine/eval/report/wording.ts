import type { Footnotes } from '../../../contract/footnotes.ts';
import type { Comparison, ResultCell, ScalingView } from '../../../contract/results.ts';

/** Figures as people read them. Shares of 1 become percent, differences points. */

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
export const points = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)}`;
export const range = (ends: readonly [number, number] | null): string =>
  ends === null ? 'no interval' : `${(ends[0] * 100).toFixed(1)}–${(ends[1] * 100).toFixed(1)}`;
export const delta95 = (ends: readonly [number, number] | null): string =>
  ends === null ? 'no interval' : `${points(ends[0])} to ${points(ends[1])}`;
export const pValue = (p: number | null): string =>
  p === null ? 'no p' : p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
export const tokens = (count: number): string => compact.format(count);

/** What an interval covers and what not (recipe §7): stands under every table of figures. */
export const COVERS =
  '95 % interval over documents (bootstrap, 10,000 resamples): how far a figure would move with other documents and questions. It does not cover other training seeds.';
export const COVERS_DECODING =
  'Decoding: 95 % t interval over the runs, decoding noise only; it ignores which questions were asked and training seeds.';

/** What one run over n questions can tell apart without pairing. */
export function binomialHint({ questions, one_run_half_width }: ResultCell): string {
  return `One run over ${questions} questions: ±${(one_run_half_width * 100).toFixed(1)} points (binomial).`;
}

/** One sentence for a comparison; what its interval is worth is a footnote. */
export function comparisonText(comparison: Comparison, footnotes: Footnotes): string {
  if (comparison.kind === 'not_comparable')
    return `${comparison.title}: no difference shown: ${comparison.reason}. ${comparison.hint}`;
  const { title, delta, ci95, p, questions, documents, not_enough, note, ci95_note } = comparison;
  const interval =
    ci95 === null
      ? `no interval: ${not_enough ?? 'not enough'}`
      : `95 % ${delta95(ci95)}${footnotes.after(ci95_note)}, ${pValue(p)}`;
  return `${title}: ${points(delta)} points (${interval}; ${questions} questions of ${documents} documents)${note ? `; ${note}` : ''}`;
}

/** Curves that stand together by name: benchmark, mixture, and how their answers were scored. */
export function scalingName(views: readonly ScalingView[]): string {
  const [first] = views;
  if (!first) return '';
  const scorings = [...new Set(views.map(({ scoring }) => scoring.replaceAll('_', ' ')))];
  const benchmark = first.split === 'all' ? first.benchmark : `${first.benchmark} (${first.split})`;
  return `${benchmark} closed-book, ${first.mixture}, scored by ${scorings.join(', ')}`;
}

/** The fit in words: slope, quality, and the tokens it would take to reach retrieval. */
export function scalingText({ fit, rag, points: measured }: ScalingView): string[] {
  if (fit.kind === 'not_enough') return [`no fit: ${fit.reason}.`];
  const r2 = fit.r2 === null ? 'R² undefined' : `R² = ${fit.r2.toFixed(3)}`;
  const slope = fit.b95 === null ? 'no interval' : delta95([fit.b95[0] * Math.LN2, fit.b95[1] * Math.LN2]);
  const lines = [
    `${points(fit.per_doubling)} points per doubling (95 % ${slope}; ${r2}; ${measured.length} models, ${fit.questions} questions of ${fit.documents} documents)`,
  ];
  const { to_rag } = fit;
  if (to_rag.kind === 'none') lines.push(`Tokens to RAG: none: ${to_rag.reason}.`);
  else {
    const bounds = `${to_rag.low === null ? 'open' : tokens(to_rag.low)} to ${to_rag.high === null ? 'open' : tokens(to_rag.high)}`;
    const multiple = to_rag.multiple ? `, ${to_rag.multiple.tokens.toFixed(0)} × the documents` : '';
    const far =
      to_rag.extrapolated === 'above'
        ? '; extrapolated beyond the largest budget'
        : to_rag.extrapolated === 'below'
          ? '; below the smallest budget'
          : '';
    lines.push(
      `Tokens to RAG (${percent(rag?.accuracy ?? to_rag.rag)}): ${tokens(to_rag.tokens)} (95 % ${bounds})${multiple}${far}.`,
    );
  }
  if (fit.saturating) lines.push('The last points lie below the line: it flattens.');
  if (fit.b95_scatter && fit.b95_scatter[0] <= 0)
    lines.push('By the scatter of the models alone the slope could be 0.');
  return lines;
}
