import { type Interval, notEnough } from './interval.ts';
import { leastSquares } from './leastSquares.ts';
import { type Refits, refit } from './refits.ts';
import { clustersOf, percentile95, RESAMPLES, resampledMeans } from './resample.ts';
import { type TokensToRag, tokensToRag } from './tokensToRag.ts';

/** Budgets below which no line is drawn (recipe §7). */
export const LEAST_BUDGETS = 4;
const BAND_POINTS = 41;

/** One trained model: its synthetic tokens D and what each question's answers were worth (share right). */
export interface TrainedPoint {
  readonly tokens: number;
  readonly values: ArrayLike<number>;
}

export interface ScalingFit {
  readonly kind: 'fit';
  /** accuracy = a + b · ln D */
  readonly a: number;
  readonly b: number;
  readonly b95: Interval;
  /** Interval of b from the scatter around the line (t, points − 2 degrees): sees training noise, not documents. */
  readonly b95_scatter: readonly [low: number, high: number] | null;
  /** b · ln 2: accuracy gained by each doubling of D, as a share of 1. */
  readonly per_doubling: number;
  readonly r2: number | null;
  readonly residuals: readonly number[];
  readonly band: readonly { tokens: number; accuracy: number; low: number | null; high: number | null }[];
  readonly to_rag: TokensToRag;
  /** The last points all lie below the line: the curve flattens. */
  readonly saturating: boolean;
  readonly questions: number;
  readonly clusters: number;
}
export type Scaling = ScalingFit | { readonly kind: 'not_enough'; readonly reason: string };

export interface ScalingOptions {
  readonly resamples?: number;
  readonly seed?: number;
  /** Tokens of the documents themselves, for multiples of them. */
  readonly source_tokens?: number;
}

/**
 * Log-linear fit acc = a + b·ln D by least squares over nested budgets (recipe §7), its band and slope interval by
 * resampling documents for all models at once and refitting. What the band covers: other documents and questions; not
 * other training seeds. All series are over the same questions.
 * @param clusters per question the document it belongs to
 * @param rag the base model with retrieval on the same questions
 */
export function fitScaling(
  points: readonly TrainedPoint[],
  clusters: readonly string[],
  rag: ArrayLike<number> | null,
  { resamples = RESAMPLES, seed = 0, source_tokens }: ScalingOptions = {},
): Scaling {
  const ordered = points.toSorted((first, second) => first.tokens - second.tokens);
  const budgets = new Set(ordered.map(({ tokens }) => tokens)).size;
  if (clusters.length === 0) return { kind: 'not_enough', reason: 'no question is answered by all of these models' };
  if (budgets < LEAST_BUDGETS) {
    const reason = `${budgets} of at least ${LEAST_BUDGETS} token budgets: a line through fewer says little`;
    return { kind: 'not_enough', reason };
  }
  const x = ordered.map(({ tokens }) => Math.log(tokens));
  const y = ordered.map(({ values }) => meanOf(values));
  const line = leastSquares(x, y);
  const grouped = clustersOf(clusters);
  const series = [...ordered.map(({ values }) => values), ...(rag ? [rag] : [])];
  const refits = grouped.count > 1 ? refit(x, resampledMeans(series, grouped, { resamples, seed })) : undefined;
  const b95 = refits ? slopeInterval(refits.b) : notEnough('one document: a slope needs at least two to resample');
  const last = line.residuals.slice(-Math.max(2, Math.floor(line.residuals.length / 3)));
  const [least, most] = [ordered[0]?.tokens ?? 1, ordered.at(-1)?.tokens ?? 1];
  return {
    kind: 'fit',
    a: line.a,
    b: line.b,
    b95,
    b95_scatter: line.b95,
    per_doubling: line.b * Math.LN2,
    r2: line.r2,
    residuals: line.residuals,
    band: bandOf(line, refits, least, most),
    to_rag: tokensToRag({
      line,
      b95,
      rag: rag ? meanOf(rag) : null,
      refits,
      measured: [least, most],
      ...(source_tokens === undefined ? {} : { source_tokens }),
    }),
    saturating: last.every((residual) => residual < -1e-12),
    questions: clusters.length,
    clusters: grouped.count,
  };
}

function slopeInterval(b: Float64Array): Interval {
  const [low, high] = percentile95(b);
  if (high - low < 1e-15) return notEnough('resampling the documents never changes the slope');
  return { kind: 'interval', low, high, basis: 'bootstrap' };
}

function bandOf(line: { a: number; b: number }, refits: Refits | undefined, least: number, most: number) {
  const draws = new Float64Array(refits?.a.length ?? 0);
  return Array.from({ length: BAND_POINTS }, (_, step) => {
    const logarithm = Math.log(least) + (step / (BAND_POINTS - 1)) * Math.log(most / least);
    const at = { tokens: Math.exp(logarithm), accuracy: line.a + line.b * logarithm };
    if (!refits) return { ...at, low: null, high: null };
    for (let draw = 0; draw < draws.length; draw++) {
      draws[draw] = (refits.a[draw] ?? 0) + (refits.b[draw] ?? 0) * logarithm;
    }
    const [low, high] = percentile95(draws);
    return { ...at, low, high };
  });
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let question = 0; question < values.length; question++) sum += values[question] ?? 0;
  return sum / values.length;
}
