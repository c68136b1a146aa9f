import { binomialCdf } from './distributions.ts';

export interface McNemar {
  /** Questions right in the first only, and in the second only. */
  readonly first_only: number;
  readonly second_only: number;
  readonly both: number;
  readonly neither: number;
  /** Exact two-sided p; 1 where no question differs. */
  readonly p: number;
}

/** More than half of a question's answers are right; a tie is wrong. */
export function majority(outcomes: ArrayLike<number>): 0 | 1 {
  let right = 0;
  for (let run = 0; run < outcomes.length; run++) right += outcomes[run] ?? 0;
  return right * 2 > outcomes.length ? 1 : 0;
}

/**
 * McNemar's exact test on paired outcomes of the same questions: the smaller discordant count is Binomial(b + c, ½) when
 * both are equally good. It takes questions as independent, so with several questions a document the paired bootstrap is
 * the one to go by.
 * @param pairs `[first, second]` per question: majority of its answers, or its first answer
 */
export function mcnemar(pairs: readonly (readonly [0 | 1, 0 | 1])[]): McNemar {
  const counts = { both: 0, neither: 0, first_only: 0, second_only: 0 };
  for (const [first, second] of pairs) {
    if (first === second) counts[first === 1 ? 'both' : 'neither'] += 1;
    else counts[first === 1 ? 'first_only' : 'second_only'] += 1;
  }
  const { first_only, second_only } = counts;
  const discordant = first_only + second_only;
  const p = discordant === 0 ? 1 : Math.min(1, 2 * binomialCdf(Math.min(first_only, second_only), discordant, 0.5));
  return { ...counts, p };
}
