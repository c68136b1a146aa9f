import {
  type MadeCell,
  madeDocuments,
  writeEvaluation,
  writeTraining,
} from '../../fixtures/evaluation/madeEvaluation.ts';

export const OPEN = 'Choices were not shown: the model answers in its own words.';
export const RAG = 'There are no vectors to search. Full-text search (BM25) alone is used.';
export const TRAINED = '20261126-043702262-051aa6';
const LIKELIHOODS = ['likelihood_sum', 'likelihood_token', 'likelihood_corrected'] as const;

/** Base and one trained model, closed-book and with RAG, scored in four ways, on few documents. */
export async function writeFewDocuments(root: string): Promise<void> {
  writeTraining(root, TRAINED, 8_444, 0, 'exp-mixed');
  const cells = ['base', TRAINED].flatMap((model) =>
    (['closed_book', 'rag'] as const).flatMap((setting): MadeCell[] => [
      { model, setting, rate: 0.4, notes: [...(setting === 'rag' ? [RAG] : []), OPEN] },
      ...LIKELIHOODS.map((scoring) => ({
        ...{ model, setting, rate: 0.5, key: { scoring }, notes: setting === 'rag' ? [RAG] : [] },
      })),
    ]),
  );
  const made = { root, perDocument: 4, samples: 1, benchmark: 'osmerrow', documents: madeDocuments(7) };
  await writeEvaluation({ ...made, run: '20261126-050000000-aaaaaa', cells });
}
