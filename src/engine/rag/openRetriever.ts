import type { Chunk, RetrievalOverride, RetrievalSettings, RetrievedChunk } from '../../contract/retrieval.ts';
import type { OpenedCorpus } from '../corpus/index.ts';
import { openProjectCorpus } from '../generate/projectCorpus.ts';
import type { Project } from '../project/index.ts';
import { builtinEmbedderState } from './embed/builtin/setUp.ts';
import { openEmbedder } from './embed/openEmbedder.ts';
import { changesSince, type FoundIndex, findIndex } from './indexState.ts';
import { RetrievalProblem } from './problem.ts';
import { openReranker } from './rerank/openReranker.ts';
import { Search } from './search/search.ts';
import { ChunkTable } from './store/chunkTable.ts';
import { type Manifest, retrievalFolder, tableName } from './store/manifest.ts';
import type { IndexSummary, RetrievalQuery, Retriever } from './types.ts';

export interface OpenRetrieverOptions {
  /** Over `retrieval` of smt.yaml. */
  settings?: RetrievalOverride;
  /** By origin; an endpoint gets its own origin's key only. */
  keys: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** The corpus where it is open already: otherwise it is read, to see whether the index is stale. */
  corpus?: Pick<OpenedCorpus, 'documents'>;
  /** False: nothing is written; what is cached is used. Default true. */
  remember?: boolean;
}

/**
 * Opens the index of a project for these settings. A stale or partial index opens too, and `state` says so; where there
 * are no vectors, `hybrid` becomes full-text search and a note says so.
 * @throws RetrievalProblem `no_index` where nothing was built, and as `Retriever.retrieve`
 */
export async function openRetriever(project: Project, options: OpenRetrieverOptions): Promise<Retriever> {
  const found = await findIndex(project, options.settings);
  const { manifest, settings } = found;
  if (!manifest || manifest.chunks === 0) {
    const chunking = `chunks of ${settings.chunk_size} ${settings.chunk_unit}`;
    throw new RetrievalProblem(
      'no_index',
      `There is no retrieval index for ${chunking}. Build it with "Build Retrieval Index" or "smt index".`,
    );
  }
  const { mode, notes } = await possibleMode(found, manifest);
  const folder = retrievalFolder(project.paths);
  const table = await ChunkTable.openToRead(folder, tableName(manifest.key));
  if (!table) {
    throw new RetrievalProblem(
      'no_index',
      'The retrieval index is not where it should be. Build it again: "smt index --rebuild".',
    );
  }
  try {
    const state = summary(manifest, options.corpus ?? (await readCorpus(project, options.signal)));
    // Without a fingerprint nothing may be remembered: what is found changes while it is built.
    const fingerprint = manifest.fingerprint ?? `${manifest.key}-partial`;
    const search = new Search({
      table,
      folder,
      fingerprint,
      mode,
      settings,
      writes: (options.remember ?? true) && manifest.fingerprint !== null,
      reranker: await openReranker(settings.reranker, options.keys),
      openEmbedder: () =>
        openEmbedder(settings.embedder, {
          keys: options.keys,
          setUp: false,
          ...(options.signal ? { signal: options.signal } : {}),
        }),
      signal: options.signal,
    });
    return {
      fingerprint,
      state,
      mode,
      notes: state.reason === '' ? notes : [state.reason, ...notes],
      retrieve: (queries: readonly RetrievalQuery[]): Promise<RetrievedChunk[][]> => search.retrieve(queries),
      chunk: (id: string): Promise<Chunk> => search.chunk(id),
      close: async () => {
        await search.close();
        table.close();
      },
    };
  } catch (error) {
    table.close();
    throw error;
  }
}

async function possibleMode(
  { settings, textOnly }: FoundIndex,
  manifest: Manifest,
): Promise<{ mode: RetrievalSettings['mode']; notes: string[] }> {
  const { mode, embedder } = settings;
  if (mode === 'text') return { mode, notes: [] };
  const why =
    textOnly || manifest.embedder === null ? withoutVectors(embedder.endpoint) : await notSetUp(embedder.endpoint);
  if (why === undefined) return { mode, notes: [] };
  if (mode === 'vector') throw new RetrievalProblem(embedder.endpoint === 'builtin' ? 'builtin' : 'no_index', why);
  return { mode: 'text', notes: [`${why} Full-text search (BM25) alone is used.`] };
}

function withoutVectors(endpoint: string): string {
  return endpoint === 'none'
    ? 'retrieval.embedder.endpoint is "none": there are no vectors to search.'
    : `The index holds no vectors of the embedder "${endpoint}". Build it again to search by meaning.`;
}

async function notSetUp(endpoint: string): Promise<string | undefined> {
  if (endpoint !== 'builtin') return undefined;
  const state = await builtinEmbedderState();
  return state.installed ? undefined : state.message;
}

function summary(manifest: Manifest, corpus: Pick<OpenedCorpus, 'documents'>): IndexSummary {
  const changes = changesSince(manifest, corpus.documents);
  return {
    state: !manifest.complete ? 'partial' : changes ? 'stale' : 'ready',
    reason: !manifest.complete ? 'Building the index was interrupted: passages are missing.' : (changes ?? ''),
    chunks: manifest.chunks,
    documents: Object.keys(manifest.documents).length,
    embedder: manifest.embedder?.label ?? null,
    dimension: manifest.dimension,
  };
}

async function readCorpus(project: Project, signal: AbortSignal | undefined): Promise<OpenedCorpus> {
  const { corpus, counter } = await openProjectCorpus(project, { signal });
  await counter.close();
  return corpus;
}
