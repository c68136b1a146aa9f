import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { RetrievalQuality, RetrievalSettings, RetrievedChunk } from '../../../contract/retrieval.ts';
import { retrievalQuery } from '../../eval/answer/questionText.ts';
import { clusterBootstrap } from '../../eval/statistics/index.ts';
import { pageOf } from '../chunks/documentChunks.ts';
import type { Retriever } from '../types.ts';

/** Cut-offs that are reported, up to the depth that was retrieved. */
export const CUTOFFS = [1, 2, 4, 8, 16, 32] as const;

/** What counts as found: the passage itself, or any chunk of its page (a PDF's evidence is often a page). */
export type FoundUnit = 'passage' | 'page';

export interface QualityInput {
  benchmark: string;
  /** Those without known evidence are left out. */
  questions: readonly EvaluatedQuestion[];
  /** With `top_k` at least the largest cut-off that is wanted. */
  retriever: Pick<Retriever, 'retrieve'>;
  settings: RetrievalSettings;
  /** Passages that a prompt gets: their recall is what an answer can be built on, so it is always among the cut-offs. */
  used?: number;
  unit?: FoundUnit;
  /** Page starts of a document, for `page`. */
  pages?: (document: string) => readonly number[] | undefined;
}

/**
 * Recall@k: mean over questions of the share of their evidence that the first k chunks hold, with the bootstrap over
 * documents; MRR: mean of 1 / rank of the first chunk that holds any (0 where none does). Undefined where no question has
 * evidence.
 */
export async function measureQuality(input: QualityInput): Promise<RetrievalQuality | undefined> {
  const { benchmark, retriever, settings, used = settings.top_k } = input;
  const questions = input.questions.filter(({ evidence }) => evidence && evidence.length > 0);
  if (questions.length === 0) return undefined;
  const found = await retriever.retrieve(questions.map(retrievalQuery));
  const ranks = questions.map((question, index) => evidenceRanks(question, found[index] ?? [], input));
  const clusters = questions.map(({ cluster }) => cluster);
  const recall: RetrievalQuality['recall'] = {};
  for (const k of new Set([...CUTOFFS, used].filter((cutoff) => cutoff < settings.top_k).concat(settings.top_k)))
    recall[k] = overDocuments(
      ranks.map((each) => each.filter((rank) => rank <= k).length / each.length),
      clusters,
    );
  const { value: mrr, ci95: mrr_ci95 } = overDocuments(
    ranks.map((each) => 1 / Math.min(...each)),
    clusters,
  );
  const counted = { questions: questions.length, questions_total: input.questions.length };
  return { benchmark, ...counted, recall, mrr, mrr_ci95, settings };
}

/** Mean over questions with its bootstrap over documents; no interval where there is one document only. */
function overDocuments(values: readonly number[], clusters: readonly string[]): RetrievalQuality['recall'][string] {
  const { mean, ci95 } = clusterBootstrap(values, clusters);
  return { value: mean ?? 0, ci95: ci95.kind === 'interval' ? [ci95.low, ci95.high] : null };
}

/** Per evidence the rank of the first chunk that holds it; Infinity where none does. */
function evidenceRanks(
  { evidence = [] }: EvaluatedQuestion,
  chunks: readonly RetrievedChunk[],
  { unit, pages }: QualityInput,
): number[] {
  return evidence.map((place) => {
    const page = unit === 'page' ? pageOf(pages?.(place.document), place.start) : undefined;
    const hit = chunks.find((chunk) =>
      page === undefined ? holds(chunk, place) : chunk.document === place.document && chunk.page === page,
    );
    return hit?.rank ?? Number.POSITIVE_INFINITY;
  });
}

interface Place {
  document: string;
  start: number;
  end: number;
}

/** Half of the shorter one lies in the other: a word at the edge is not the passage. */
export function holds(chunk: Place, evidence: Place): boolean {
  if (chunk.document !== evidence.document) return false;
  const shared = Math.min(chunk.end, evidence.end) - Math.max(chunk.start, evidence.start);
  return shared > 0 && shared * 2 >= Math.min(chunk.end - chunk.start, evidence.end - evidence.start);
}
