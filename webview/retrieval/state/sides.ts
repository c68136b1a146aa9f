import { z } from 'zod';
import type { RetrievalOverride, RetrievedChunk } from '../../../src/contract/retrieval.ts';
import {
  type IndexedChunking,
  type RetrievalOverview,
  RetrievalPanelState,
} from '../../../src/contract/retrievalRpc.ts';

/** What one column of the page is searched with. Null: as smt.yaml says. */
export const Side = z.object({
  mode: z.enum(['hybrid', 'vector', 'text']).nullable(),
  top_k: z.number().int().min(1).max(100).nullable(),
  chunking: z
    .object({ unit: z.enum(['characters', 'tokens']), size: z.number().int(), overlap: z.number().int() })
    .nullable(),
});
export type Side = z.infer<typeof Side>;

export const UiState = RetrievalPanelState.extend({
  query: z.string(),
  compare: z.boolean(),
  sides: z.tuple([Side, Side]),
});
export type UiState = z.infer<typeof UiState>;

const asConfigured: Side = { mode: null, top_k: null, chunking: null };

export function freshUiState(project: string): UiState {
  return { v: 1, project, query: '', compare: false, sides: [asConfigured, { ...asConfigured, mode: 'text' }] };
}

/** What the page left behind, if it is of this shape and this project. */
export function revived(remembered: unknown, project: string): UiState {
  const { data } = UiState.safeParse(remembered);
  return data?.project === project ? data : freshUiState(project);
}

/** A side as settings over those of smt.yaml. */
export function overrideOf({ mode, top_k, chunking }: Side): RetrievalOverride {
  return {
    ...(mode === null ? {} : { mode }),
    ...(top_k === null ? {} : { top_k }),
    ...(chunking === null
      ? {}
      : { chunk_unit: chunking.unit, chunk_size: chunking.size, chunk_overlap: chunking.overlap }),
  };
}

/** Chunkings to choose from: those that are indexed, each once, without the one smt.yaml names. */
export function otherChunkings({ indexed, settings }: RetrievalOverview): IndexedChunking[] {
  const seen = new Set([chunkingKey(settings.chunk_unit, settings.chunk_size, settings.chunk_overlap)]);
  return indexed.filter(({ unit, size, overlap, complete }) => {
    const key = chunkingKey(unit, size, overlap);
    if (seen.has(key) || !complete) return false;
    seen.add(key);
    return true;
  });
}

export const chunkingKey = (unit: string, size: number, overlap: number): string => `${unit} ${size} ${overlap}`;

export function chunkingLabel(unit: string, size: number, overlap: number): string {
  const of = `${size.toLocaleString('en')} ${unit}`;
  return overlap > 0 ? `${of}, ${overlap.toLocaleString('en')} shared` : of;
}

/** Best rank at which the other side shows the same passage (the larger part of one lies in the other). */
export function rankOnOtherSide(chunk: RetrievedChunk, others: readonly RetrievedChunk[]): number | undefined {
  return others.find((other) => {
    if (other.document !== chunk.document) return false;
    const shared = Math.min(chunk.end, other.end) - Math.max(chunk.start, other.start);
    return shared * 2 > Math.min(chunk.end - chunk.start, other.end - other.start);
  })?.rank;
}

export interface StageScore {
  name: 'Vector' | 'Full text' | 'Fused' | 'Reranker';
  /** As it is shown: stages have different scales. */
  score: string;
  rank: number;
  meaning: string;
}

/** The score of every stage that saw a chunk, in the order in which they work. */
export function stagesOf({ vector, text_match, fused, rerank }: RetrievedChunk): StageScore[] {
  const stages: StageScore[] = [];
  if (vector)
    stages.push({
      name: 'Vector',
      score: vector.score.toFixed(3),
      rank: vector.rank,
      meaning: 'Cosine of the vectors of question and passage',
    });
  if (text_match)
    stages.push({
      name: 'Full text',
      score: text_match.score.toFixed(2),
      rank: text_match.rank,
      meaning: 'BM25: shared words, rare ones more',
    });
  if (fused)
    stages.push({
      name: 'Fused',
      score: fused.score.toFixed(4),
      rank: fused.rank,
      meaning: 'Reciprocal rank fusion of both searches, k = 60',
    });
  if (rerank)
    stages.push({
      name: 'Reranker',
      score: rerank.score.toPrecision(3),
      rank: rerank.rank,
      meaning: 'The reranking model’s own score',
    });
  return stages;
}
