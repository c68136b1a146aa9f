import { join } from 'node:path';
import type { CorpusDocument, UnreadableFile } from '../../contract/corpus.ts';
import type { ProjectPaths } from '../project/paths.ts';
import { countDocuments, windowsOf } from './countDocuments.ts';
import { formatOf } from './readers/formats.ts';
import { readFiles } from './readFiles.ts';
import { type CachedDocument, readScanCache, writeScanCache } from './scanCache.ts';
import { storedText } from './textStore.ts';
import type { Corpus, TokenCounter } from './types.ts';
import { walkFolder } from './walk.ts';

export type ScanProgress =
  | { phase: 'read'; done: number; total: number; path: string }
  | { phase: 'count'; done: number; total: number };

export interface OpenCorpusOptions {
  paths: ProjectPaths;
  /** `corpus` of smt.yaml. */
  config: { include: readonly string[]; exclude: readonly string[]; max_file_mb: number };
  windowTokens: number;
  windowOverlapTokens: number;
  counter: TokenCounter;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ScanProgress) => void) | undefined;
}

/** A corpus and what looking for it took. */
export interface OpenedCorpus extends Corpus {
  /** Files of which text was extracted now; the others were known. */
  readonly extracted: number;
}

/**
 * The documents of a project as they are now: finds, reads what changed, counts and splits. A snapshot; open it again
 * after a change. Nothing but `.smt/corpus` is written.
 *
 * @throws Error when `.smt/corpus` is of a newer version or cannot be written; AbortError when `signal` aborts. Files
 *   that cannot be read do not throw: they are `unreadable` with a reason.
 */
export async function openCorpus(options: OpenCorpusOptions): Promise<OpenedCorpus> {
  const { paths, config, counter, signal, onProgress } = options;
  const index = join(paths.corpus, 'index.jsonl');
  const texts = join(paths.corpus, 'texts');
  const cached = await readScanCache(index);
  const found = await walkFolder(paths.root, config, signal);
  const read = await readFiles({
    found: found.files,
    cached,
    corpusDir: paths.corpus,
    maxFileMb: config.max_file_mb,
    signal,
    checkpoint: (files) =>
      writeScanCache(index, new Map([...cached, ...files.map((file) => [file.path, file] as const)]).values()),
    onRead: (done, path) => onProgress?.({ phase: 'read', done, total: found.files.length, path }),
  });
  /** The text of a document; extracted again where the store has lost it. */
  const textOf = async (path: string, hash: string): Promise<string> => {
    const stored = await storedText(texts, hash);
    if (stored !== undefined) return stored;
    const again = found.files.filter((file) => file.path === path);
    await readFiles({
      found: again,
      cached: new Map(),
      corpusDir: paths.corpus,
      maxFileMb: config.max_file_mb,
      signal,
    });
    const restored = await storedText(texts, hash);
    if (restored === undefined) throw new Error(`${path} changed while it was used. Scan the corpus again.`);
    return restored;
  };
  const owner = new Map(read.files.flatMap((file) => file.documents.map((document) => [document, file.path])));
  const changed = await countDocuments({
    documents: [...owner.keys()],
    textOf: (document) => textOf(owner.get(document) ?? '', document.text_hash),
    maxTokens: options.windowTokens,
    overlapTokens: options.windowOverlapTokens,
    counter,
    signal,
    onCounted: (done, total) => onProgress?.({ phase: 'count', done, total }),
  });
  if (read.changed || changed || read.files.length !== cached.size) await writeScanCache(index, read.files);

  const documents: CorpusDocument[] = [];
  const byId = new Map<string, { path: string; document: CachedDocument }>();
  for (const [document, path] of owner) {
    const format = formatOf(path);
    if (!format) continue;
    const id = document.row === undefined ? path : `${path}#${document.row}`;
    byId.set(id, { path, document });
    documents.push({
      v: 1,
      id,
      path,
      format,
      title: document.title,
      metadata: document.metadata,
      characters: document.characters,
      tokens: { tokens: document.tokens?.tokens ?? 0, exact: counter.exact, by: counter.by },
      text_hash: document.text_hash,
      ...(document.pages ? { pages: document.pages } : {}),
      windows: windowsOf(document).length,
    });
  }
  const unreadable: UnreadableFile[] = [...found.unreadable, ...read.unreadable];
  for (const file of read.files)
    for (const { line, ...problem } of file.unreadable)
      unreadable.push({ path: line === undefined ? file.path : `${file.path}:${line}`, ...problem });

  const known = (id: string) => {
    const entry = byId.get(id);
    if (!entry)
      throw new Error(
        `No document "${id}" in the corpus. The corpus view and \`corpus\` in the terminal list what is there.`,
      );
    return entry;
  };
  return {
    documents,
    unreadable: unreadable.sort((a, b) => (a.path < b.path ? -1 : 1)),
    extracted: read.extracted,
    tokens: {
      tokens: documents.reduce((sum, { tokens }) => sum + tokens.tokens, 0),
      exact: counter.exact,
      by: counter.by,
    },
    async text(id) {
      const { path, document } = known(id);
      return textOf(path, document.text_hash);
    },
    windows: async (id) => windowsOf(known(id).document),
  };
}
