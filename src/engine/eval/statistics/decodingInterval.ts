import { mean as meanOf, sampleStandardDeviation } from 'simple-statistics';
import { type Interval, notEnough } from './interval.ts';
import { studentInterval } from './studentInterval.ts';

export interface DecodingNoise {
  /** Accuracy of each run: the r-th answer of every question. */
  readonly runs: readonly number[];
  /** Questions that have an answer in every run. */
  readonly questions: number;
  readonly mean: number | null;
  /** Sample standard deviation between runs; null for fewer than two. */
  readonly sd: number | null;
  readonly ci95: Interval;
}

/**
 * 95 % t interval over inference runs (recipe §7): mean ± t(0.975, n − 1) · s / √n of the accuracies a_r, cut to [0, 1]. Decoding
 * noise only: it ignores which questions were asked and training seeds. While a run is incomplete, the questions are used that
 * have as many answers as the median question.
 * @param outcomes per question its answers in order of the run, 1 right and 0 wrong
 */
export function decodingInterval(outcomes: readonly ArrayLike<number>[]): DecodingNoise {
  const answered = outcomes.filter(({ length }) => length > 0);
  const lengths = answered.map(({ length }) => length).sort((a, b) => a - b);
  const n = lengths[Math.floor((lengths.length - 1) / 2)] ?? 0;
  const complete = answered.filter(({ length }) => length >= n);
  const runs = Array.from({ length: n }, (_, run) => meanOf(complete.map((question) => question[run] ?? 0)));
  const questions = complete.length;
  if (n === 0) return { runs, questions, mean: null, sd: null, ci95: notEnough('no question has an answer yet') };
  const mean = meanOf(runs);
  if (n === 1) {
    return { runs, questions, mean, sd: null, ci95: notEnough('one answer a question: decoding noise needs two') };
  }
  const sd = sampleStandardDeviation(runs);
  if (sd < 1e-15) {
    const reason = `all ${n} runs have the same accuracy: decoding noise is below what ${n} runs show`;
    return { runs, questions, mean, sd: 0, ci95: notEnough(reason) };
  }
  return { runs, questions, mean, sd, ci95: studentInterval(runs, [0, 1], 'run') };
}
