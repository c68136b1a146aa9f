import { z } from 'zod';
import { EndpointId } from './endpoints.ts';

/** Which model turns texts into vectors. `none`: full-text search alone. */
export const EmbedderSettings = z.strictObject({
  endpoint: z
    .union([z.literal('none'), z.literal('builtin'), EndpointId])
    .default('builtin')
    .describe('`none`: BM25 only; `builtin`: MiniLM-L6 on this machine; or an endpoint id with `/embeddings`.'),
  model: z.string().min(1).optional().describe("Model name at the endpoint. Left out: the endpoint's own."),
  query_prefix: z
    .string()
    .default('')
    .describe('Put before each query, e.g. "Instruct: …\\nQuery: " for Qwen3-Embedding. Documents go in as they are.'),
});
export type EmbedderSettings = z.infer<typeof EmbedderSettings>;

export const RerankerSettings = z.strictObject({
  endpoint: z
    .union([z.literal('none'), EndpointId])
    .default('none')
    .describe('An endpoint id with `/rerank`, `/score` or chat log-probabilities; `none`: order of the search.'),
  model: z.string().min(1).optional(),
  api: z
    .enum(['rerank', 'score', 'judge'])
    .default('rerank')
    .describe('`rerank` (Cohere, vLLM, TEI), `score` (vLLM), `judge`: P(yes) from chat log-probabilities.'),
});

export type RerankerSettings = z.infer<typeof RerankerSettings>;

/** `retrieval` of smt.yaml: the RAG baseline (recipe §5). */
export const RetrievalSettings = z.strictObject({
  chunk_unit: z.enum(['characters', 'tokens']).default('characters').describe('Unit of `chunk_size` [R].'),
  chunk_size: z.number().int().min(32).default(1024).describe("Largest chunk [R, EntiGraph's tuned value]."),
  chunk_overlap: z.number().int().min(0).default(0).describe('What neighbouring chunks share [R].'),
  embedder: EmbedderSettings.prefault({}),
  mode: z
    .enum(['hybrid', 'vector', 'text'])
    .default('hybrid')
    .describe('`hybrid`: vector and BM25 fused by reciprocal rank.'),
  candidates: z.number().int().positive().max(1000).default(128).describe('Chunks before reranking [S1].'),
  reranker: RerankerSettings.prefault({}),
  top_k: z.number().int().positive().max(100).default(8).describe('Chunks in the prompt, best last [S1].'),
});
export type RetrievalSettings = z.infer<typeof RetrievalSettings>;

const { chunk_unit, chunk_size, chunk_overlap, mode, candidates, top_k } = RetrievalSettings.shape;

/**
 * Some of the settings, laid over those of smt.yaml. Not `partial()`: zod fills the defaults of absent keys in, and a
 * default must not win over the project's own value.
 */
export const RetrievalOverride = z.strictObject({
  chunk_unit: chunk_unit.unwrap().optional(),
  chunk_size: chunk_size.unwrap().optional(),
  chunk_overlap: chunk_overlap.unwrap().optional(),
  embedder: EmbedderSettings.optional(),
  mode: mode.unwrap().optional(),
  candidates: candidates.unwrap().optional(),
  reranker: RerankerSettings.optional(),
  top_k: top_k.unwrap().optional(),
});
export type RetrievalOverride = z.infer<typeof RetrievalOverride>;

export const Chunk = z.object({
  /** `<document>:<start>-<end>`, stable while the document and the chunking are. */
  id: z.string(),
  document: z.string(),
  title: z.string(),
  /** Character offsets into the document's extracted text. */
  start: z.number().int(),
  end: z.number().int(),
  /** 1-based page of a PDF where it starts. */
  page: z.number().int().optional(),
  /** Metadata lines that stand before the text in prompts and embeddings. */
  header: z.string(),
  text: z.string(),
});
export type Chunk = z.infer<typeof Chunk>;

/** A found chunk with the score and 1-based rank of every stage it went through. */
export const RetrievedChunk = Chunk.extend({
  rank: z.number().int().positive(),
  vector: z.object({ score: z.number(), rank: z.number().int() }).optional(),
  text_match: z.object({ score: z.number(), rank: z.number().int() }).optional(),
  fused: z.object({ score: z.number(), rank: z.number().int() }).optional(),
  rerank: z.object({ score: z.number(), rank: z.number().int() }).optional(),
});
export type RetrievedChunk = z.infer<typeof RetrievedChunk>;

/** What stands in `.smt/lance/chunks…` and whether it still fits corpus and settings. */
export const IndexState = z.object({
  state: z.enum(['none', 'building', 'partial', 'stale', 'ready']),
  /** Why it has to be built (again), for a person. */
  reason: z.string().optional(),
  chunks: z.number().int(),
  documents: z.number().int(),
  embedder: z.string().nullable(),
  dimension: z.number().int().nullable(),
  /** Identity of (corpus, chunking, embedder): goes into cached retrievals and request ids. */
  fingerprint: z.string().nullable(),
  built: z.number().nullable(),
});
export type IndexState = z.infer<typeof IndexState>;

export const IndexParams = z.object({
  /** Over `retrieval` of smt.yaml: another setting to compare with, kept beside it. */
  settings: RetrievalOverride.default({}),
  rebuild: z.boolean().default(false),
  /** Build every chunk size of the sweep and measure them on the dev split. */
  tune: z.boolean().default(false),
});
export type IndexParams = z.infer<typeof IndexParams>;

/** Quality of retrieval on questions whose evidence is known (recipe §5): seen before a weak baseline flatters us. */
export const RetrievalQuality = z.object({
  benchmark: z.string(),
  /** Those whose evidence was found in the corpus, out of `questions_total`. */
  questions: z.number().int(),
  questions_total: z.number().int().optional(),
  /** recall@k for k of this record, with a 95 % interval (bootstrap over documents). */
  recall: z.record(z.string(), z.object({ value: z.number(), ci95: z.tuple([z.number(), z.number()]).nullable() })),
  mrr: z.number(),
  /** Absent in what an earlier version measured. */
  mrr_ci95: z.tuple([z.number(), z.number()]).nullable().optional(),
  settings: RetrievalSettings,
});
export type RetrievalQuality = z.infer<typeof RetrievalQuality>;

/** `0.409 (0.18–0.66)`: mean reciprocal rank with its 95 % interval over documents. */
export function mrrText({ mrr, mrr_ci95 }: Pick<RetrievalQuality, 'mrr' | 'mrr_ci95'>): string {
  const interval = mrr_ci95 ? `${mrr_ci95[0].toFixed(2)}–${mrr_ci95[1].toFixed(2)}` : 'no interval';
  return `${mrr.toFixed(3)} (${interval})`;
}

/** `22 of 150` where the evidence of the others was not found in the corpus. */
export function measuredQuestions({ questions, questions_total }: RetrievalQuality): string {
  return questions_total === undefined || questions_total === questions
    ? `${questions}`
    : `${questions} of ${questions_total}`;
}

/** What the last tuning found, `.smt/lance/retrieval/tuning.json`: dev split only. */
export const Tuning = z.object({
  v: z.literal(1),
  /** Unix time in seconds. */
  measured: z.number(),
  rows: z.array(RetrievalQuality),
});
export type Tuning = z.infer<typeof Tuning>;
