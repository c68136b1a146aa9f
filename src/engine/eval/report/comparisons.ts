import type { CellKey } from '../../../contract/evaluation.ts';
import type { Comparison, ComparisonAbout } from '../../../contract/results.ts';
import { pairedDelta } from '../statistics/index.ts';
import { cellName, endsOf, type ModelNames, wordsOf } from './cellReports.ts';
import type { Book, BookCell } from './evaluationBook.ts';

/** What compared cells must share (design §4), and what to do where they do not. */
const SHARED: readonly {
  key: 'benchmark' | 'split' | 'engine' | 'dtype' | 'scoring' | 'recipe';
  name: string;
  hint: string;
}[] = [
  { key: 'benchmark', name: 'benchmark', hint: 'Choose two cells of one benchmark.' },
  { key: 'split', name: 'split', hint: 'Choose two cells of one split.' },
  { key: 'engine', name: 'engine', hint: 'Evaluate both through the worker (“smt evaluate --worker”).' },
  { key: 'dtype', name: 'weights’ dtype', hint: 'Evaluate both through the worker (“smt evaluate --worker”).' },
  { key: 'scoring', name: 'scoring', hint: 'Choose two cells that are scored alike.' },
  { key: 'recipe', name: 'prompt, sampling or judge', hint: 'Evaluate both again with the settings of smt.yaml.' },
];

/** Why a difference of these two would mean nothing; undefined: they can be compared. */
export function obstacle(first: CellKey, second: CellKey): { reason: string; hint: string } | undefined {
  for (const { key, name, hint } of SHARED) {
    if (first[key] === second[key]) continue;
    const said = key === 'recipe' ? '' : ` (${first[key]}, ${second[key]})`;
    return { reason: `not the same ${name}${said}: a difference could come from that alone`, hint };
  }
  if (first.setting === 'rag' && second.setting === 'rag' && first.retrieval !== second.retrieval) {
    return {
      reason: 'not the same retrieval index or settings: a difference could come from that alone',
      hint: 'Evaluate both again with the retrieval of smt.yaml.',
    };
  }
  return undefined;
}

/** Second minus first on the questions both answered, or the reason why there is no difference to show. */
export function compareCells(
  first: BookCell,
  second: BookCell,
  about: ComparisonAbout,
  book: Book,
  names: ModelNames,
): Comparison {
  const pair = {
    id: `${about}:${first.id}:${second.id}`,
    about,
    first: first.id,
    second: second.id,
    title: `${cellName(second.key, names)} − ${cellName(first.key, names)}${scoringOf(first.key)}`,
  };
  const blocked = obstacle(first.key, second.key);
  if (blocked) return { ...pair, kind: 'not_comparable', ...blocked };
  const pairs: { first: Uint8Array; second: Uint8Array; cluster: string }[] = [];
  for (const [question, score] of first.scores) {
    const other = second.scores.get(question);
    if (!other) continue;
    pairs.push({
      first: score.correct,
      second: other.correct,
      cluster: book.questions.get(question)?.cluster ?? question,
    });
  }
  if (pairs.length === 0) {
    const reason = 'no question is answered in both yet';
    return { ...pair, kind: 'not_comparable', reason, hint: 'Wait for the evaluation, or resume it.' };
  }
  const { mean, ci95, p, clusters, majority, first_answers } = pairedDelta(pairs);
  const only = pairs.length < Math.max(first.scores.size, second.scores.size);
  const words = wordsOf(ci95);
  return {
    ...pair,
    kind: 'delta',
    questions: pairs.length,
    documents: clusters,
    delta: mean ?? 0,
    ci95: endsOf(ci95),
    ...(words.not_enough === undefined ? {} : { not_enough: words.not_enough }),
    ...(words.note === undefined ? {} : { ci95_note: words.note }),
    ...(only ? { note: `on the ${pairs.length} questions that both answered` } : {}),
    p,
    mcnemar: majority,
    mcnemar_first: first_answers,
  };
}

/** Said where it is not the written answer: the same two cells are compared once for each scoring. */
function scoringOf({ scoring, benchmark }: CellKey): string {
  return scoring === 'generate' ? ` on ${benchmark}` : ` on ${benchmark}, ${scoring.replaceAll('_', ' ')}`;
}
