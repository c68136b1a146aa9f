import { mean as meanOf, sampleStandardDeviation } from 'simple-statistics';
import { studentQuantile } from './distributions.ts';
import { type Interval, notEnough, unseenDocuments } from './interval.ts';

/**
 * 95 % t interval of a mean, mean ± t(0.975, n − 1) · s / √n, cut to `range`: for a few independent values, where a
 * percentile bootstrap would be too narrow. Without variation it is the bound by values that were not seen.
 * @param what one of the values, for the reason why there is none: `question`, `run`
 */
export function studentInterval(values: readonly number[], range: readonly [number, number], what: string): Interval {
  if (values.length < 2) return notEnough(values.length === 0 ? `no ${what}` : `one ${what}`);
  const mean = meanOf([...values]);
  const sd = sampleStandardDeviation([...values]);
  if (sd < 1e-15) {
    const [low, high] = unseenDocuments(mean, values.length, range);
    return { kind: 'interval', low, high, basis: 'no_variation', note: `all ${values.length} have the same value` };
  }
  const half = (studentQuantile(0.975, values.length - 1) * sd) / Math.sqrt(values.length);
  return { kind: 'interval', low: Math.max(range[0], mean - half), high: Math.min(range[1], mean + half), basis: 't' };
}
