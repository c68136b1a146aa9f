import { byScore, type Hit } from '../store/chunkTable.ts';

/** Cormack, Clarke and Büttcher, SIGIR 2009: the constant that keeps a first place from deciding alone. */
export const RRF_K = 60;

/** Reciprocal rank fusion: Σ 1 / (k + rank) over the lists that hold a chunk, best first, equal ones by id. */
export function reciprocalRankFusion(lists: readonly (readonly Hit[])[], k = RRF_K): Hit[] {
  const scores = new Map<string, number>();
  for (const list of lists) {
    for (const [index, { id }] of list.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (k + index + 1));
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort(byScore);
}
