import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { RetrievalSettings, RetrievedChunk } from '../../../contract/retrieval.ts';
import { contentHash } from '../../contentHash.ts';
import type { OpenedCorpus, TokenCounter } from '../../corpus/index.ts';
import { canonical } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import { effectiveSettings, openRetriever } from '../../rag/index.ts';
import { fittingPassages } from '../answer/passageRoom.ts';
import { retrievalQuery } from '../answer/questionText.ts';

/** Passages for every question: found once, before any request is planned, and the same for all models. */
export interface Retrieved {
  /** Identity of index, search and k: cells of another one are not compared. */
  fingerprint: string;
  /** By question id, best first. */
  chunks: ReadonlyMap<string, readonly RetrievedChunk[]>;
  k: number;
  /** What a reader of the number must know of the search, one sentence. */
  how: string;
  /** What is not as smt.yaml asks for it. */
  notes: string[];
}

export interface RetrieveOptions {
  keys: Readonly<Record<string, string>>;
  corpus: OpenedCorpus;
  counter: TokenCounter;
  topK: number | undefined;
  /** Tokens that passages may take; undefined where no model's context is known. */
  room: ((question: EvaluatedQuestion) => number) | undefined;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/** Queries that are searched together. */
const BATCH = 32;

/**
 * Retrieves for all questions. Where the smallest context of the models cannot hold k passages, k is lowered for every
 * question alike, so that cells stay comparable; a note says so.
 *
 * @throws RetrievalProblem
 */
export async function retrieveFor(
  project: Project,
  questions: readonly EvaluatedQuestion[],
  options: RetrieveOptions,
): Promise<Retrieved> {
  const { keys, corpus, signal, topK, room } = options;
  const override = topK === undefined ? {} : { top_k: topK };
  const retriever = await openRetriever(project, { settings: override, keys, signal, corpus });
  try {
    const settings = effectiveSettings(project.config.retrieval, override);
    const chunks = new Map<string, readonly RetrievedChunk[]>();
    for (let at = 0; at < questions.length; at += BATCH) {
      signal.throwIfAborted();
      const batch = questions.slice(at, at + BATCH);
      const found = await retriever.retrieve(batch.map(retrievalQuery));
      for (const [index, question] of batch.entries()) chunks.set(question.id, found[index] ?? []);
      options.onProgress(Math.min(questions.length, at + BATCH), questions.length);
    }
    const k = room ? largestK(questions, chunks, settings.top_k, room, options.counter) : settings.top_k;
    const notes = [...retriever.notes];
    const { state, reason } = retriever.state;
    if (state !== 'ready') notes.push(`The index is ${state}: ${reason}`);
    if (k < settings.top_k)
      notes.push(`${k} passages instead of ${settings.top_k}: more do not fit the smallest context of the models.`);
    const identity = {
      index: retriever.fingerprint,
      mode: retriever.mode,
      candidates: settings.candidates,
      reranker: settings.reranker,
      k,
    };
    return {
      fingerprint: contentHash(canonical(identity)).slice(0, 16),
      chunks: new Map([...chunks].map(([id, found]) => [id, found.slice(0, k)])),
      k,
      how: searchNote({ ...settings, mode: retriever.mode }, retriever.state.embedder, k),
      notes,
    };
  } finally {
    await retriever.close();
  }
}

/** `3 passages of up to 512 characters by hybrid search, embedder all-MiniLM-L6-v2 (built-in), no reranker.` */
export function searchNote(
  { mode, chunk_size, chunk_unit, reranker }: RetrievalSettings,
  embedder: string | null,
  k: number,
): string {
  const passages = `${k} ${k === 1 ? 'passage' : 'passages'} of up to ${chunk_size} ${chunk_unit}`;
  const meaning = mode === 'text' ? '' : `, embedder ${embedder ?? 'unknown'}`;
  const reranked = reranker.endpoint === 'none' ? 'no reranker' : `reranker ${reranker.endpoint}`;
  return `${passages} by ${mode === 'text' ? 'full-text' : mode} search${meaning}, ${reranked}.`;
}

/** Most passages that fit beside every question. Zero where not even one does. */
function largestK(
  questions: readonly EvaluatedQuestion[],
  chunks: ReadonlyMap<string, readonly RetrievedChunk[]>,
  most: number,
  room: (question: EvaluatedQuestion) => number,
  counter: TokenCounter,
): number {
  let k = most;
  for (const question of questions) {
    k = fittingPassages(chunks.get(question.id) ?? [], k, room(question), counter);
    if (k === 0) break;
  }
  return k;
}
