import { z } from 'zod';
import type { Scoring } from '../../../contract/evaluation.ts';

/** Answer of `/v1/smt/score`: the log-likelihood of each choice after the prompt, and its tokens. */
export const ScoredChoices = z.object({
  choices: z.array(z.object({ sum: z.number(), tokens: z.number().int().positive() })).min(1),
});
export type ScoredChoices = z.infer<typeof ScoredChoices>;

export type LikelihoodScoring = Exclude<Scoring, 'generate'>;

export const LIKELIHOODS: readonly LikelihoodScoring[] = [
  'likelihood_sum',
  'likelihood_token',
  'likelihood_corrected',
  'likelihood_no_question',
];

/**
 * The choice a model prefers by each way of counting, from two requests: the choices after the prompt, and after the
 * prompt without the question. Corrected: `log p(choice | question) − log p(choice | no question)`, since training
 * shifts the prior of the corpus's own words (small-model.md §3). No question: per token, a check on the benchmark.
 *
 * @returns index of the preferred choice; undefined where a likelihood is missing or not finite. Ties go to the first.
 */
export function preferredChoice(
  scoring: LikelihoodScoring,
  asked: ScoredChoices | undefined,
  without: ScoredChoices | undefined,
): number | undefined {
  const perToken = (scored: ScoredChoices | undefined) => scored?.choices.map(({ sum, tokens }) => sum / tokens);
  switch (scoring) {
    case 'likelihood_sum':
      return best(asked?.choices.map(({ sum }) => sum));
    case 'likelihood_token':
      return best(perToken(asked));
    case 'likelihood_corrected':
      if (!asked || asked.choices.length !== without?.choices.length) return undefined;
      return best(asked.choices.map(({ sum }, index) => sum - (without.choices[index]?.sum ?? Number.NaN)));
    case 'likelihood_no_question':
      return best(perToken(without));
  }
}

function best(values: readonly number[] | undefined): number | undefined {
  if (!values || values.length === 0 || values.some((value) => !Number.isFinite(value))) return undefined;
  return values.indexOf(Math.max(...values));
}
