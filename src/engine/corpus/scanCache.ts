import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UnreadableReason } from '../../contract/corpus.ts';

export const SCAN_CACHE_VERSION = 1;
/** Raised when a reader extracts something else from the same bytes: everything is read again then. */
export const EXTRACTION_VERSION = 2;

const CachedDocument = z.object({
  row: z.string().optional(),
  title: z.string(),
  metadata: z.record(z.string(), z.string()),
  pages: z.array(z.number()).optional(),
  characters: z.number(),
  text_hash: z.string(),
  /** Tokens by counter (`TokenCounter.id`); only the newest one is kept. */
  tokens: z.object({ counter: z.string(), tokens: z.number() }).optional(),
  /** Where a document is longer than one window: the windows for these parameters. */
  windows: z.object({ key: z.string(), spans: z.array(z.tuple([z.number(), z.number(), z.number()])) }).optional(),
});
export type CachedDocument = z.infer<typeof CachedDocument>;

const CachedFile = z.object({
  path: z.string(),
  size: z.number(),
  mtime_ms: z.number(),
  ctime_ms: z.number(),
  /** SHA-256 of the bytes. */
  hash: z.string(),
  /** The size limit it was read under, in bytes. */
  limit: z.number(),
  documents: z.array(CachedDocument),
  unreadable: z.array(z.object({ line: z.number().optional(), reason: UnreadableReason, message: z.string() })),
});
export type CachedFile = z.infer<typeof CachedFile>;

const Header = z.object({ v: z.number(), extraction: z.number() });

/**
 * What earlier scans found, by project-relative path. Rebuildable: a torn or foreign file counts as empty.
 *
 * @throws Error when a newer version of this program wrote it: reading on would throw its work away.
 */
export async function readScanCache(file: string): Promise<Map<string, CachedFile>> {
  const cached = new Map<string, CachedFile>();
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return cached;
    throw error;
  }
  const [first, ...rest] = source.split('\n');
  const header = Header.safeParse(parsed(first ?? ''));
  if (!header.success) return cached;
  if (header.data.v > SCAN_CACHE_VERSION)
    throw new Error(
      `${file} was written by a newer version of Synthetic Mixed Training (format ${header.data.v}, this one knows ${SCAN_CACHE_VERSION}). Update the extension or command line, or delete ${dirname(file)} to have the documents read again.`,
    );
  if (header.data.v < SCAN_CACHE_VERSION || header.data.extraction !== EXTRACTION_VERSION) return cached;
  for (const line of rest) {
    const entry = CachedFile.safeParse(parsed(line));
    if (entry.success) cached.set(entry.data.path, entry.data);
  }
  return cached;
}

/** Replaces the cache as a whole, by write-then-rename: a reader sees the old one or the new one. */
export async function writeScanCache(file: string, entries: Iterable<CachedFile>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const lines = [
    JSON.stringify({ v: SCAN_CACHE_VERSION, extraction: EXTRACTION_VERSION } satisfies z.infer<typeof Header>),
  ];
  for (const entry of entries) lines.push(JSON.stringify(entry));
  const temporary = `${file}.${process.pid}-${Date.now().toString(36)}.tmp`;
  await writeFile(temporary, `${lines.join('\n')}\n`, 'utf8');
  await rename(temporary, file);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
