import type { CorpusDocument } from '../../contract/corpus.ts';
import type { RetrievalOverride } from '../../contract/retrieval.ts';
import type { OpenedCorpus, Span, TokenCounter } from '../corpus/index.ts';
import { openProjectCorpus } from '../generate/projectCorpus.ts';
import type { SetUpProgress } from '../llm/builtin/index.ts';
import type { Project } from '../project/index.ts';
import { chunkAt, chunkId, chunkingOf, documentHash, documentSpans } from './chunks/documentChunks.ts';
import type { Embedder } from './embed/embedder.ts';
import { openEmbedder } from './embed/openEmbedder.ts';
import { RetrievalProblem } from './problem.ts';
import { effectiveSettings } from './settings.ts';
import { bodyOf } from './store/chunkRow.ts';
import { ChunkTable } from './store/chunkTable.ts';
import { ChunkWriter } from './store/chunkWriter.ts';
import {
  corpusFingerprint,
  type Manifest,
  readManifest,
  removeManifest,
  retrievalFolder,
  TABLE_VERSION,
  tableKey,
  tableName,
  writeManifest,
} from './store/manifest.ts';

export type BuildProgress =
  | { phase: 'read'; done: number; total: number }
  | { phase: 'setup'; message: string; done: number; total: number }
  | { phase: 'split'; done: number; total: number }
  /** Chunks in the table, those of earlier runs among them. */
  | { phase: 'embed'; done: number; total: number }
  | { phase: 'index' };

export interface BuildOptions {
  settings?: RetrievalOverride;
  keys: Readonly<Record<string, string>>;
  /** Everything anew, also what is there already. */
  rebuild?: boolean;
  /** Whether the built-in embedder may be downloaded where it is missing (somebody agreed). */
  setUp: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: BuildProgress) => void;
}

export interface BuiltIndex {
  fingerprint: string;
  chunks: number;
  documents: number;
  /** Chunks made in this run; the others were there. */
  added: number;
  /** Documents whose old chunks were taken out. */
  removed: number;
  /** Chunks whose end the embedder could not read. */
  truncated: number;
  embedder: string | null;
  dimension: number | null;
}

/**
 * Brings the index of these settings up to date: chunks of documents that are new or changed are made and embedded,
 * those of documents that are gone taken out. What was written before an interruption is kept and not embedded again.
 * One process at a time (the caller holds the lease).
 * @throws RetrievalProblem, BuiltinProblem, StoreUnavailable; AbortError when `signal` aborts
 */
export async function buildIndex(project: Project, options: BuildOptions): Promise<BuiltIndex> {
  const settings = effectiveSettings(project.config.retrieval, options.settings);
  const { signal, onProgress } = options;
  const given = signal ? { signal } : {};
  const embedder = await openEmbedder(settings.embedder, {
    keys: options.keys,
    setUp: options.setUp,
    ...given,
    onProgress: ({ message, megabytes, total_megabytes }: SetUpProgress) =>
      onProgress?.({ phase: 'setup', message, done: megabytes * 1e6, total: total_megabytes * 1e6 }),
  });
  try {
    const { corpus, counter } = await openProjectCorpus(project, {
      ...given,
      onProgress: ({ done, total }) => onProgress?.({ phase: 'read', done, total }),
    });
    try {
      const chunking = chunkingOf(settings, counter);
      return await new Build(project, { ...options, chunking, corpus, counter, embedder }).run();
    } finally {
      await counter.close();
    }
  } finally {
    await embedder?.close();
  }
}

interface Parts extends BuildOptions {
  chunking: Manifest['chunking'];
  corpus: OpenedCorpus;
  counter: TokenCounter;
  embedder: Embedder | undefined;
}

/** Chunks of one document that are not in the table yet. */
interface Missing {
  document: CorpusDocument;
  spans: readonly Span[];
}

class Build {
  readonly #parts: Parts;
  readonly #folder: string;
  readonly #key: string;
  readonly #hashes: Record<string, string>;

  constructor(project: Project, parts: Parts) {
    this.#parts = parts;
    this.#folder = retrievalFolder(project.paths);
    this.#key = tableKey(parts.chunking, parts.embedder?.id ?? null);
    this.#hashes = Object.fromEntries(parts.corpus.documents.map((document) => [document.id, documentHash(document)]));
    if (parts.corpus.documents.length === 0) {
      throw new RetrievalProblem(
        'settings',
        `No document to read in ${project.root}. "smt corpus" says why files are left out.`,
      );
    }
  }

  async run(): Promise<BuiltIndex> {
    const { embedder, rebuild, onProgress, signal } = this.#parts;
    // One request before all the others: the endpoint answers, and its vectors are as long as those of the table.
    const [probe] = (await embedder?.embed(['dimension'], 'document', signal)) ?? [];
    const dimension = probe?.length ?? null;
    const written = rebuild ? undefined : await readManifest(this.#folder, this.#key);
    const before = written?.dimension === dimension ? written : undefined;
    let table = await this.#usableTable(before);
    const stored = (await table?.stored()) ?? new Map<string, { hash: string; ids: Set<string> }>();
    const outdated = [...stored].filter(([id, { hash }]) => this.#hashes[id] !== hash).map(([id]) => id);
    const fresh = new Map([...stored].filter(([id]) => !outdated.includes(id)).map(([id, { ids }]) => [id, ids]));
    const { missing, total } = await this.#missing(fresh);
    const toAdd = missing.reduce((sum, { spans }) => sum + spans.length, 0);
    const upToDate = before?.complete && outdated.length === 0 && toAdd === 0;
    if (upToDate && sameDocuments(before.documents, this.#hashes)) {
      table?.close();
      return this.#result(before, 0, 0);
    }
    const truncatedBefore = before?.truncated ?? 0;
    await this.#writeManifest({
      complete: false,
      dimension,
      chunks: total - toAdd,
      truncated: truncatedBefore,
    });
    if (table) await table.removeDocuments(outdated);
    const writer = new ChunkWriter(this.#folder, tableName(this.#key), table);
    try {
      await this.#embed(missing, total - toAdd, total, writer);
    } finally {
      // What is embedded is kept, also when the rest failed or was stopped.
      table = await writer.close();
    }
    onProgress?.({ phase: 'index' });
    await table?.index(embedder !== undefined);
    table?.close();
    const manifest = await this.#writeManifest({
      complete: true,
      dimension,
      chunks: total,
      truncated: truncatedBefore + (embedder?.truncated ?? 0),
    });
    return this.#result(manifest, toAdd, outdated.length);
  }

  /** The table where its rows can be built upon; one of another dimension or without a manifest is dropped. */
  async #usableTable(before: Manifest | undefined): Promise<ChunkTable | undefined> {
    const name = tableName(this.#key);
    if (before) return ChunkTable.openToWrite(this.#folder, name);
    await removeManifest(this.#folder, this.#key);
    await ChunkTable.drop(this.#folder, name);
    return undefined;
  }

  async #missing(stored: ReadonlyMap<string, ReadonlySet<string>>): Promise<{ missing: Missing[]; total: number }> {
    const { corpus, chunking, counter, signal, onProgress } = this.#parts;
    const missing: Missing[] = [];
    let total = 0;
    for (const [done, document] of corpus.documents.entries()) {
      signal?.throwIfAborted();
      const all = documentSpans(await corpus.text(document.id), chunking, counter);
      total += all.length;
      const known = stored.get(document.id);
      const spans = known ? all.filter((span) => !known.has(chunkId(document.id, span))) : all;
      if (spans.length > 0) missing.push({ document, spans });
      onProgress?.({ phase: 'split', done: done + 1, total: corpus.documents.length });
    }
    return { missing, total };
  }

  async #embed(missing: readonly Missing[], already: number, total: number, writer: ChunkWriter): Promise<void> {
    const { corpus, embedder, signal, onProgress } = this.#parts;
    let done = already;
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const send = (batch: readonly Chunked[]) => {
      const work = (async () => {
        const vectors = await embedder?.embed(
          batch.map(({ chunk }) => bodyOf(chunk)),
          'document',
          signal,
        );
        await writer.put(batch.map((row, index) => ({ ...row, ...vectorOf(vectors?.[index]) })));
        done += batch.length;
        onProgress?.({ phase: 'embed', done, total });
      })();
      const settled = work.catch((error: unknown) => void failures.push(error)).finally(() => running.delete(settled));
      running.add(settled);
    };
    onProgress?.({ phase: 'embed', done, total });
    for await (const batch of inBatches(this.#chunks(missing, corpus), embedder?.batch ?? 1000)) {
      while (running.size >= (embedder?.parallel ?? 1)) await Promise.race(running);
      if (failures.length > 0 || signal?.aborted) break;
      send(batch);
    }
    await Promise.all(running);
    signal?.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  }

  async *#chunks(missing: readonly Missing[], corpus: OpenedCorpus): AsyncGenerator<Chunked> {
    for (const { document, spans } of missing) {
      const text = await corpus.text(document.id);
      const documentHash = this.#hashes[document.id] ?? '';
      for (const span of spans) yield { chunk: chunkAt(document, text, span), documentHash };
    }
  }

  async #writeManifest(now: Pick<Manifest, 'complete' | 'dimension' | 'chunks' | 'truncated'>): Promise<Manifest> {
    const { chunking, embedder } = this.#parts;
    const manifest: Manifest = {
      v: 1,
      table_version: TABLE_VERSION,
      key: this.#key,
      chunking,
      embedder: embedder ? { id: embedder.id, label: embedder.label } : null,
      documents: this.#hashes,
      fingerprint: now.complete ? corpusFingerprint(this.#key, this.#hashes) : null,
      built: now.complete ? Date.now() / 1000 : null,
      ...now,
    };
    await writeManifest(this.#folder, manifest);
    return manifest;
  }

  #result(manifest: Manifest, added: number, removed: number): BuiltIndex {
    return {
      fingerprint: manifest.fingerprint ?? '',
      chunks: manifest.chunks,
      documents: Object.keys(manifest.documents).length,
      ...{ added, removed, truncated: manifest.truncated, dimension: manifest.dimension },
      embedder: manifest.embedder?.label ?? null,
    };
  }
}

type Chunked = { chunk: ReturnType<typeof chunkAt>; documentHash: string };

const vectorOf = (vector: Float32Array | undefined) => (vector ? { vector } : {});

function sameDocuments(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

async function* inBatches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const one of source) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
