import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { BreakdownBy, BreakdownRow } from '../../../contract/results.ts';
import { clusterBootstrap, shareRight, studentInterval } from '../statistics/index.ts';
import { endsOf, wordsOf } from './cellReports.ts';
import type { Book, BookCell } from './evaluationBook.ts';

/**
 * Accuracy of some cells by document or by question type. Within one document it is a t interval over
 * its questions (there are no other documents to resample); by type it is the bootstrap over documents as everywhere.
 */
export function breakdown(book: Book, cells: readonly BookCell[], by: BreakdownBy): BreakdownRow[] {
  const groups = new Map<string, Map<BookCell, { shares: number[]; clusters: string[] }>>();
  for (const cell of cells) {
    for (const [id, score] of cell.scores) {
      const question = book.questions.get(id);
      if (!question) continue;
      const name = groupName(question, by);
      const group = groups.get(name) ?? new Map<BookCell, { shares: number[]; clusters: string[] }>();
      groups.set(name, group);
      const own = group.get(cell) ?? { shares: [], clusters: [] };
      group.set(cell, own);
      own.shares.push(shareRight(score.correct));
      own.clusters.push(by === 'document' ? id : question.cluster);
    }
  }
  return [...groups]
    .toSorted(([first], [second]) => first.localeCompare(second))
    .map(([name, group]) => ({
      name,
      cells: cells.map((cell) => {
        const own = group.get(cell);
        if (!own) return null;
        const { shares, clusters } = own;
        const ci95 =
          by === 'document' ? studentInterval(shares, [0, 1], 'question') : clusterBootstrap(shares, clusters).ci95;
        const { not_enough } = wordsOf(ci95);
        return {
          accuracy: shares.reduce((sum, share) => sum + share, 0) / shares.length,
          ci95: endsOf(ci95),
          ...(not_enough === undefined ? {} : { not_enough }),
          questions: shares.length,
        };
      }),
    }));
}

function groupName({ document, cluster, type }: EvaluatedQuestion, by: BreakdownBy): string {
  return by === 'type' ? (type ?? 'no type') : (document ?? cluster);
}
