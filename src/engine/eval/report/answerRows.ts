import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { AnswerFilter, AnswerPage, AnswerRow, PairOutcome } from '../../../contract/results.ts';
import { majority } from '../statistics/index.ts';
import type { Score } from './evaluatedRun.ts';
import type { Book } from './evaluationBook.ts';

const QUESTION_LENGTH = 400;

/**
 * Questions that fit a filter, in the order of their benchmark files. With two cells chosen, only questions that both
 * answered; with one, those it answered. `outcomes` counts all of them, so that the counts stay while one is chosen.
 */
export function answerPage(book: Book, filter: AnswerFilter, offset: number, limit: number): AnswerPage {
  const cell = (id: string | undefined) => (id === undefined ? undefined : book.cells.find((known) => known.id === id));
  const [first, second] = [cell(filter.first), cell(filter.second)];
  const words = filter.text?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  const outcomes = { right_right: 0, right_wrong: 0, wrong_right: 0, wrong_wrong: 0 };
  const found: { question: EvaluatedQuestion; first: Score | undefined; second: Score | undefined }[] = [];
  for (const question of book.questions.values()) {
    if (filter.benchmark !== undefined && question.benchmark !== filter.benchmark) continue;
    if (filter.split !== undefined && question.split !== filter.split) continue;
    if (filter.document !== undefined && (question.document ?? question.cluster) !== filter.document) continue;
    if (filter.type !== undefined && question.type !== filter.type) continue;
    const [one, other] = [first?.scores.get(question.id), second?.scores.get(question.id)];
    if ((filter.first !== undefined && !one) || (filter.second !== undefined && !other)) continue;
    if (filter.unparsed && ![one, other].some((score) => score && score.parsed < score.correct.length)) continue;
    if (words.length > 0 && !holds(question, words)) continue;
    if (one && other) {
      const outcome = outcomeOf(one, other);
      outcomes[outcome] += 1;
      if (filter.outcomes && filter.outcomes.length > 0 && !filter.outcomes.includes(outcome)) continue;
    }
    found.push({ question, first: one, second: other });
  }
  const rows = found.slice(offset, offset + limit).map(
    ({ question, first, second }): AnswerRow => ({
      id: question.id,
      benchmark: question.benchmark,
      question: question.question.slice(0, QUESTION_LENGTH),
      document: question.document,
      ...(question.type === undefined ? {} : { type: question.type }),
      first: tally(first),
      second: tally(second),
    }),
  );
  return { revision: book.revision, total: found.length, offset, rows, outcomes };
}

export function outcomeOf(first: Score, second: Score): PairOutcome {
  const [one, other] = [majority(first.correct), majority(second.correct)];
  if (one === 1) return other === 1 ? 'right_right' : 'right_wrong';
  return other === 1 ? 'wrong_right' : 'wrong_wrong';
}

function tally(score: Score | undefined): AnswerRow['first'] {
  if (!score) return null;
  const n = score.correct.length;
  return { right: score.correct.reduce((sum, right) => sum + right, 0), n, unparsed: n - score.parsed };
}

function holds({ question, gold, choices }: EvaluatedQuestion, words: readonly string[]): boolean {
  const text = [question, gold, ...(choices ?? [])].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}
