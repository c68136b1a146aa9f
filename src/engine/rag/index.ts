/**
 * The RAG baseline: documents → chunks → vectors and full text in LanceDB → candidates → reranked passages, each with
 * the score of every stage. One table a (chunking, embedder) under `.smt/lance/retrieval`, kept up to date by content
 * hash; retrieval and rerank scores are cached on disk, so that evaluating again costs nothing.
 * Knows documents, endpoints and LanceDB; knows nothing of answers. (`quality/` measures it on benchmarks, and stands
 * apart so that this room does not need the one that needs it.)
 */
export { type BuildOptions, type BuildProgress, type BuiltIndex, buildIndex } from './buildIndex.ts';
export { type BuiltinEmbedderState, builtinEmbedderState } from './embed/builtin/setUp.ts';
export { changesSince, findIndex, indexedChunkings, indexState } from './indexState.ts';
export { type OpenRetrieverOptions, openRetriever } from './openRetriever.ts';
export { RetrievalProblem, type RetrievalProblemCode } from './problem.ts';
export { type IndexSpec, runIndex } from './runIndex.ts';
export { effectiveSettings } from './settings.ts';
export type { IndexSummary, RetrievalQuery, Retriever } from './types.ts';
