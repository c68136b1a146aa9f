import { type BootstrapOptions, clusterBootstrap, type MeanWithInterval } from './clusterBootstrap.ts';
import { type McNemar, majority, mcnemar } from './mcnemar.ts';

/** The answers of one question in one cell: 1 right, 0 wrong, in order of the run. */
export type Outcomes = ArrayLike<number>;

export interface PairedDelta extends MeanWithInterval {
  readonly majority: McNemar;
  readonly first_answers: McNemar;
}

/** Share of a question's answers that are right; its answers are at least one. */
export function shareRight(outcomes: Outcomes): number {
  let right = 0;
  for (let run = 0; run < outcomes.length; run++) right += outcomes[run] ?? 0;
  return right / outcomes.length;
}

/**
 * Second minus first on the questions both answered: mean difference, paired bootstrap over documents, and McNemar on the
 * majority of the answers and on the first answers.
 */
export function pairedDelta(
  pairs: readonly { first: Outcomes; second: Outcomes; cluster: string }[],
  options: Omit<BootstrapOptions, 'range'> = {},
): PairedDelta {
  const answered = pairs.filter(({ first, second }) => first.length > 0 && second.length > 0);
  const differences = answered.map(({ first, second }) => shareRight(second) - shareRight(first));
  const clusters = answered.map(({ cluster }) => cluster);
  return {
    ...clusterBootstrap(differences, clusters, { ...options, range: [-1, 1] }),
    majority: mcnemar(answered.map(({ first, second }) => [majority(first), majority(second)])),
    first_answers: mcnemar(answered.map(({ first, second }) => [first[0] === 1 ? 1 : 0, second[0] === 1 ? 1 : 0])),
  };
}
