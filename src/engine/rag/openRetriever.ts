import type { RetrievalOverride } from '../../contract/retrieval.ts';
import type { OpenedCorpus } from '../corpus/index.ts';
import type { Project } from '../project/index.ts';
import { RetrievalProblem } from './problem.ts';
import type { Retriever } from './types.ts';

export interface OpenRetrieverOptions {
  /** Over `retrieval` of smt.yaml. */
  settings?: RetrievalOverride;
  /** By origin; an endpoint gets its own origin's key only. */
  keys: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** The corpus where it is open already: otherwise it is read, to see whether the index is stale. */
  corpus?: OpenedCorpus;
}

/**
 * Opens the index of a project for these settings. A stale or partial index opens too, and `state` says so.
 * @throws RetrievalProblem `no_index` where nothing was built, and as `Retriever.retrieve`
 */
export async function openRetriever(_project: Project, _options: OpenRetrieverOptions): Promise<Retriever> {
  throw new RetrievalProblem('no_index', 'There is no retrieval index yet. Build it first.');
}
