import type { CorpusDocument, CorpusSnapshot, UnreadableFile } from '../../contract/corpus.ts';
import type { SampleCounts } from '../../contract/samplesView.ts';

/** What the samples say of a document or of everything under a folder. */
export interface Coverage {
  readonly accepted: number;
  readonly rejected: number;
  readonly stale: number;
  readonly tokens: number;
  readonly exact: boolean;
}

export interface CorpusFile {
  readonly kind: 'file';
  /** Project-relative POSIX path. */
  readonly path: string;
  readonly name: string;
  /** One, or a row each for a JSONL file. */
  readonly documents: readonly CorpusDocument[];
  readonly coverage: Coverage;
}

export interface UnreadableEntry {
  readonly kind: 'unreadable';
  readonly path: string;
  readonly name: string;
  readonly file: UnreadableFile;
}

export interface CorpusFolder {
  readonly kind: 'folder';
  readonly path: string;
  readonly name: string;
  readonly children: readonly CorpusEntry[];
  readonly coverage: Coverage;
  readonly documents: number;
  readonly unreadable: number;
}

export type CorpusEntry = CorpusFile | UnreadableEntry | CorpusFolder;

type Counted = ReadonlyMap<string, SampleCounts['documents'][number]>;

/** Documents and unreadable files as folders: folders first, then by name. Pure and one pass per level. */
export function corpusFolders(corpus: CorpusSnapshot, counts: SampleCounts | undefined): CorpusFolder {
  const counted: Counted = new Map(counts?.documents.map((entry) => [entry.document, entry]));
  const byPath = new Map<string, CorpusDocument[]>();
  for (const document of corpus.documents) {
    const rows = byPath.get(document.path);
    if (rows) rows.push(document);
    else byPath.set(document.path, [document]);
  }
  const leaves: (CorpusFile | UnreadableEntry)[] = [...byPath].map(([path, documents]) => ({
    kind: 'file',
    path,
    name: nameOf(path),
    documents,
    coverage: sum(documents.map((document) => coverageOf(document, counted))),
  }));
  for (const file of corpus.unreadable)
    leaves.push({ kind: 'unreadable', path: file.path, name: nameOf(file.path), file });
  return folder('', '', leaves);
}

function folder(path: string, name: string, leaves: readonly (CorpusFile | UnreadableEntry)[]): CorpusFolder {
  const depth = path === '' ? 0 : path.length + 1;
  const here: CorpusEntry[] = [];
  const below = new Map<string, (CorpusFile | UnreadableEntry)[]>();
  for (const leaf of leaves) {
    const slash = leaf.path.indexOf('/', depth);
    if (slash < 0) here.push(leaf);
    else {
      const child = leaf.path.slice(depth, slash);
      const list = below.get(child);
      if (list) list.push(leaf);
      else below.set(child, [leaf]);
    }
  }
  const folders = [...below].map(([child, inside]) => folder(path === '' ? child : `${path}/${child}`, child, inside));
  const files = here.filter((entry) => entry.kind === 'file');
  return {
    kind: 'folder',
    path,
    name,
    children: [...folders.sort(byName), ...here.sort(byName)],
    coverage: sum([...folders, ...files].map(({ coverage }) => coverage)),
    documents:
      files.reduce((total, { documents }) => total + documents.length, 0) +
      folders.reduce((total, { documents }) => total + documents, 0),
    unreadable: here.length - files.length + folders.reduce((total, { unreadable }) => total + unreadable, 0),
  };
}

function coverageOf(document: CorpusDocument, counted: Counted): Coverage {
  const found = counted.get(document.id);
  return {
    accepted: found?.accepted ?? 0,
    rejected: found?.rejected ?? 0,
    stale: found?.stale ?? 0,
    tokens: document.tokens.tokens,
    exact: document.tokens.exact,
  };
}

function sum(parts: readonly Coverage[]): Coverage {
  return parts.reduce(
    (total, part) => ({
      accepted: total.accepted + part.accepted,
      rejected: total.rejected + part.rejected,
      stale: total.stale + part.stale,
      tokens: total.tokens + part.tokens,
      exact: total.exact && part.exact,
    }),
    { accepted: 0, rejected: 0, stale: 0, tokens: 0, exact: true },
  );
}

/** One collator for all comparisons: `localeCompare` with options makes one each time, 40 times slower. */
const collator = new Intl.Collator('en', { numeric: true });

function byName(one: CorpusEntry, other: CorpusEntry): number {
  return collator.compare(one.name, other.name);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
