import { seeded } from '../../synth/plan/random.ts';
import type { ReadQuestion } from './types.ts';

/** Share of the title-sorted documents that is for tuning (recipe §6.1, as EntiGraph). */
const DEV_SHARE = 0.2;

type Grouped = Pick<ReadQuestion, 'id' | 'group' | 'title'>;

/**
 * `dev`: the questions on the first 20 % of title-sorted documents, `test`: all others. The order of questions stays.
 * Goes by the file alone, not by the corpus, so that a split is the same everywhere.
 */
export function splitQuestions<Q extends Grouped>(questions: readonly Q[], split: 'all' | 'dev' | 'test'): Q[] {
  if (split === 'all') return [...questions];
  const titles = new Map<string, string>();
  for (const question of questions) titles.set(groupOf(question), question.title ?? groupOf(question));
  const sorted = [...titles].sort(([a, titleA], [b, titleB]) => compare(titleA, titleB) || compare(a, b));
  const dev = new Set(sorted.slice(0, Math.ceil(sorted.length * DEV_SHARE)).map(([group]) => group));
  return questions.filter((question) => dev.has(groupOf(question)) === (split === 'dev'));
}

/**
 * At most `limit` questions, spread over clusters: one of each cluster in a seeded order, then a second one, and so on.
 * A larger limit holds every question of a smaller one, so that a quick look is never paid twice.
 */
export function limitQuestions<Q extends { id: string; cluster: string }>(
  questions: readonly Q[],
  limit: number | undefined,
  seed: number,
): Q[] {
  if (limit === undefined || limit >= questions.length) return [...questions];
  const clusters = new Map<string, Q[]>();
  for (const question of questions)
    clusters.set(question.cluster, [...(clusters.get(question.cluster) ?? []), question]);
  const drawn = [...clusters.keys()].sort(compare).map((cluster) => ({
    order: seeded('evaluation-limit', seed, cluster)(),
    questions: (clusters.get(cluster) ?? [])
      .map((question) => ({ question, order: seeded('evaluation-limit', seed, question.id)() }))
      .sort((a, b) => a.order - b.order),
  }));
  drawn.sort((a, b) => a.order - b.order);
  const chosen = new Set<string>();
  for (let round = 0; chosen.size < limit; round++) {
    for (const cluster of drawn) {
      const next = cluster.questions[round];
      if (next && chosen.size < limit) chosen.add(next.question.id);
    }
  }
  return questions.filter(({ id }) => chosen.has(id));
}

const groupOf = (question: Grouped): string => question.group ?? question.id;

/** By code unit, so that it is the same on every machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
