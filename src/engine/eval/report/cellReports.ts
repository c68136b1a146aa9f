import type { CellReport } from '../../../contract/evaluation.ts';
import type { ResultCell } from '../../../contract/results.ts';
import { clusterBootstrap, decodingInterval, type Interval, oneRunHalfWidth, shareRight } from '../statistics/index.ts';
import type { Book, BookCell } from './evaluationBook.ts';

/** What people read for a model of a cell. */
export type ModelNames = ReadonlyMap<string, string>;

/** Both ends, or null: how an interval travels. */
export function endsOf(interval: Interval): [number, number] | null {
  return interval.kind === 'interval' ? [interval.low, interval.high] : null;
}

/** What is said beside an interval, or in its place. */
export function wordsOf(interval: Interval): { not_enough?: string; note?: string } {
  if (interval.kind === 'not_enough') return { not_enough: interval.reason };
  return interval.note === undefined ? {} : { note: interval.note };
}

/** One row of the report; undefined while no question is answered. */
export function resultCell(
  cell: BookCell,
  book: Book,
  live: ReadonlySet<string>,
  names: ModelNames,
): ResultCell | undefined {
  if (cell.scores.size === 0) return undefined;
  const shares: number[] = [];
  const clusters: string[] = [];
  let answers = 0;
  let parsed = 0;
  for (const [id, score] of cell.scores) {
    shares.push(shareRight(score.correct));
    clusters.push(book.questions.get(id)?.cluster ?? id);
    answers += score.correct.length;
    parsed += score.parsed;
  }
  const over = clusterBootstrap(shares, clusters);
  const decoding = decodingInterval([...cell.scores.values()].map(({ correct }) => correct));
  const accuracy = over.mean ?? 0;
  const { not_enough, note } = wordsOf(over.ci95);
  return {
    ...cell.key,
    model_name: names.get(cell.key.model) ?? cell.key.model,
    questions: cell.scores.size,
    questions_total: Math.max(cell.scores.size, totalOf(cell, book)),
    n: answers / cell.scores.size,
    accuracy,
    ci95: endsOf(over.ci95),
    ...(not_enough === undefined ? {} : { not_enough }),
    ...(note === undefined ? {} : { ci95_note: note }),
    ci95_decoding: endsOf(decoding.ci95),
    parse_rate: parsed / answers,
    updated: cell.updated,
    ...(cell.toy ? { toy: true } : {}),
    ...(cell.notes.length > 0 ? { notes: [...cell.notes] } : {}),
    id: cell.id,
    runs: [...cell.runs],
    live: cell.runs.some((run) => live.has(run)),
    documents: over.clusters,
    one_run_half_width: oneRunHalfWidth(accuracy, cell.scores.size) ?? 1,
    ...(cell.judge === undefined ? {} : { judge: cell.judge }),
    ...(cell.left_out === undefined ? {} : { left_out: cell.left_out }),
  };
}

/** Questions the cell could have answered: likelihoods are of choices. */
function totalOf({ key }: BookCell, { questions }: Book): number {
  const ofChoices = key.scoring !== 'generate';
  let total = 0;
  for (const { benchmark, split, choices } of questions.values())
    if (benchmark === key.benchmark && split === key.split && (choices || !ofChoices)) total++;
  return total;
}

/** `base closed-book`, `exp-mixed, seed 0 + RAG`: what a row is called. */
export function cellName({ model, setting }: Pick<CellReport, 'model' | 'setting'>, names: ModelNames): string {
  const settings = { closed_book: 'closed-book', rag: '+ RAG', gold: '+ gold passage' } as const;
  return `${names.get(model) ?? model} ${settings[setting]}`;
}
