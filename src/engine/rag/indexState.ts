import type { CorpusDocument } from '../../contract/corpus.ts';
import type { IndexState, RetrievalOverride, RetrievalSettings } from '../../contract/retrieval.ts';
import { type OpenedCorpus, openTokenCounter } from '../corpus/index.ts';
import { userCacheFolder } from '../llm/builtin/index.ts';
import { loadRegistry } from '../llm/index.ts';
import type { Project } from '../project/index.ts';
import { type Chunking, chunkingOf, documentHash } from './chunks/documentChunks.ts';
import { embedderId } from './embed/openEmbedder.ts';
import { effectiveSettings } from './settings.ts';
import { listManifests, type Manifest, retrievalFolder, tableKey } from './store/manifest.ts';

/** The index that serves some settings best, and how it differs from them. */
export interface FoundIndex {
  settings: RetrievalSettings;
  manifest: Manifest | undefined;
  /** Another embedder's table of the same chunking: its full text serves, its vectors do not. */
  textOnly: boolean;
}

/**
 * The index of these settings; where it is not there, another one of the same chunking, whose full text is the same.
 * A job that builds another embedder's table does not take an older complete one away.
 */
export async function findIndex(project: Project, override?: RetrievalOverride): Promise<FoundIndex> {
  const settings = effectiveSettings(project.config.retrieval, override);
  const chunking = await chunkingNow(project, settings);
  const manifests = await listManifests(retrievalFolder(project.paths));
  const id = await embedderIdNow(settings);
  const exact = manifests.find(({ key, embedder }) =>
    id === undefined
      ? embedder !== null &&
        key === tableKey(chunking, embedder.id) &&
        embedder.label.endsWith(`(${settings.embedder.endpoint})`)
      : key === tableKey(chunking, id),
  );
  if (exact?.complete) return { settings, manifest: exact, textOnly: id === null };
  const same = manifests.filter(({ key, embedder }) => key === tableKey(chunking, embedder?.id ?? null));
  const other = same.find(({ complete }) => complete);
  if (other || !exact) return { settings, manifest: other ?? same[0], textOnly: true };
  return { settings, manifest: exact, textOnly: id === null };
}

/** Every index on disk, largest chunks last: what can be compared without building anything. */
export async function indexedChunkings(project: Pick<Project, 'paths'>) {
  const manifests = await listManifests(retrievalFolder(project.paths));
  return manifests
    .map(({ chunking: { unit, size, overlap }, embedder, chunks, complete }) => ({
      unit,
      size,
      overlap,
      embedder: embedder?.label ?? null,
      chunks,
      complete,
    }))
    .sort((one, other) => one.size - other.size);
}

/** Identity as the settings and the user's registry tell it; undefined where only the server knows its model. */
async function embedderIdNow({ embedder }: RetrievalSettings): Promise<string | null | undefined> {
  const { registry } = await loadRegistry();
  const entry = Object.hasOwn(registry.endpoints, embedder.endpoint)
    ? registry.endpoints[embedder.endpoint]
    : undefined;
  return embedderId(embedder, entry?.model);
}

async function chunkingNow(project: Project, settings: RetrievalSettings): Promise<Chunking> {
  if (settings.chunk_unit === 'characters') return chunkingOf(settings, undefined);
  const counter = await openTokenCounter({
    student: project.config.student,
    root: project.root,
    cacheDir: userCacheFolder(),
  });
  await counter.close();
  return chunkingOf(settings, counter);
}

/** What changed in the corpus since an index was made, for a person; undefined: nothing. */
export function changesSince(manifest: Manifest, documents: readonly CorpusDocument[]): string | undefined {
  let [added, changed] = [0, 0];
  for (const document of documents) {
    const indexed = manifest.documents[document.id];
    if (indexed === undefined) added += 1;
    else if (indexed !== documentHash(document)) changed += 1;
  }
  const removed = Object.keys(manifest.documents).length - (documents.length - added);
  const parts = [
    ...(added > 0 ? [`${added} new`] : []),
    ...(changed > 0 ? [`${changed} changed`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ];
  return parts.length > 0 ? `Documents since then: ${parts.join(', ')}.` : undefined;
}

/**
 * What stands on disk for these settings and whether it still fits.
 * @param building a job holds the lease of the index now
 */
export async function indexState(
  project: Project,
  corpus: Pick<OpenedCorpus, 'documents'>,
  options: { settings?: RetrievalOverride; building?: boolean } = {},
): Promise<IndexState> {
  const { manifest, textOnly, settings } = await findIndex(project, options.settings);
  const facts = {
    chunks: manifest?.chunks ?? 0,
    documents: manifest ? Object.keys(manifest.documents).length : 0,
    embedder: manifest?.embedder?.label ?? null,
    dimension: manifest?.dimension ?? null,
    fingerprint: manifest?.fingerprint ?? null,
    built: manifest?.built ?? null,
  };
  if (options.building) return { state: 'building', ...facts };
  if (!manifest) return { state: 'none', reason: 'No index has been built for this chunking.', ...facts };
  if (!manifest.complete)
    return { state: 'partial', reason: 'Building it was interrupted. Build again: it goes on from there.', ...facts };
  const changes = changesSince(manifest, corpus.documents);
  if (changes) return { state: 'stale', reason: changes, ...facts };
  if (textOnly && settings.embedder.endpoint !== 'none') {
    return {
      state: 'stale',
      reason: `It holds no vectors of the embedder "${settings.embedder.endpoint}": full-text search only.`,
      ...facts,
    };
  }
  return { state: 'ready', ...facts };
}
