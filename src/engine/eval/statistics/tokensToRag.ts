import type { Interval } from './interval.ts';
import type { Refits } from './refits.ts';
import { quantileOfSorted } from './resample.ts';

/** Beyond this many tokens a number means nothing; the bound is left open. */
const MOST_TOKENS = 1e15;

/** Synthetic tokens at which the fitted line meets the accuracy of retrieval, exp((acc_RAG − a) / b). */
export type TokensToRag =
  | {
      readonly kind: 'tokens';
      readonly tokens: number;
      /** Percentile interval by resampling documents and refitting; null: open on that side, or not enough documents. */
      readonly low: number | null;
      readonly high: number | null;
      /** The same as multiples of the documents' own tokens. */
      readonly multiple: { tokens: number; low: number | null; high: number | null } | null;
      /** `above`: beyond the largest budget that was measured; `below`: under the smallest. */
      readonly extrapolated: 'above' | 'below' | null;
      readonly rag: number;
    }
  | { readonly kind: 'none'; readonly reason: string };

export function tokensToRag({
  line,
  b95,
  rag,
  refits,
  measured: [least, most],
  source_tokens,
}: {
  line: { a: number; b: number };
  b95: Interval;
  rag: number | null;
  refits: Refits | undefined;
  measured: readonly [least: number, most: number];
  source_tokens?: number;
}): TokensToRag {
  if (rag === null) return { kind: 'none', reason: 'the base model with retrieval has no answers to these questions' };
  if (line.b <= 0) return { kind: 'none', reason: 'accuracy does not rise with tokens' };
  if (b95.kind === 'not_enough') return { kind: 'none', reason: b95.reason };
  if (b95.low <= 0 && b95.high >= 0) {
    return { kind: 'none', reason: "the slope's interval includes 0: it is not sure that more tokens help" };
  }
  const tokens = Math.exp((rag - line.a) / line.b);
  if (!(tokens < MOST_TOKENS))
    return { kind: 'none', reason: 'the line would meet retrieval only far beyond any budget' };
  const [low, high] = refits ? intervalOf(refits) : [null, null];
  return {
    kind: 'tokens',
    tokens,
    low,
    high,
    multiple:
      source_tokens === undefined || source_tokens <= 0
        ? null
        : {
            tokens: tokens / source_tokens,
            low: low === null ? null : low / source_tokens,
            high: high === null ? null : high / source_tokens,
          },
    extrapolated: tokens > most ? 'above' : tokens < least ? 'below' : null,
    rag,
  };
}

/** Percentiles of ln D over the refits; a refit that does not rise never meets retrieval and counts as ∞. */
function intervalOf({ a, b, rag }: Refits): [low: number | null, high: number | null] {
  if (!rag) return [null, null];
  const logarithms = b.map((slope, draw) =>
    slope > 0 ? ((rag[draw] ?? 0) - (a[draw] ?? 0)) / slope : Number.POSITIVE_INFINITY,
  );
  logarithms.sort();
  const bound = (p: number) => {
    const tokens = Math.exp(quantileOfSorted(logarithms, p));
    return tokens < MOST_TOKENS ? tokens : null;
  };
  return [bound(0.025), bound(0.975)];
}
