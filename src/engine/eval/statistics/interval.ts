import { Z_975 } from './distributions.ts';

/** An interval, or why there is none. Never a number alone, never NaN. */
export type Interval =
  | {
      readonly kind: 'interval';
      readonly low: number;
      readonly high: number;
      /** `no_variation`: every document has the same mean, so resampling them says nothing (see `unseenDocuments`). */
      readonly basis: 'bootstrap' | 't' | 'no_variation';
      /** What a reader must know of this one. */
      readonly note?: string;
    }
  | { readonly kind: 'not_enough'; readonly reason: string };

export function notEnough(reason: string): Interval {
  return { kind: 'not_enough', reason };
}

/** Below this many documents a percentile bootstrap covers noticeably less than it says. */
export const FEW_CLUSTERS = 10;

/**
 * The interval where all C documents have the same mean m and a bootstrap over them would have no width (all right, all
 * wrong, no question changed). None of C documents deviates, so the share that would deviate in a larger collection is at
 * most Wilson's upper bound for 0 of C, w = z² / (C + z²); each such document is taken at its worst: [m − w·(m − least),
 * m + w·(most − m)]. For all right this is Wilson's interval of C right answers among C documents, close to the rule of
 * three.
 */
export function unseenDocuments(
  mean: number,
  count: number,
  [least, most]: readonly [number, number],
): [low: number, high: number] {
  const share = Z_975 ** 2 / (count + Z_975 ** 2);
  return [mean - share * (mean - least), mean + share * (most - mean)];
}
