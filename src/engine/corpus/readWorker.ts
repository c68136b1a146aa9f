// Worker thread: reads one file, extracts its documents and stores their texts, so that a heavy PDF blocks nobody.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type DocumentFormat, REPORT_MARK } from '../../contract/corpus.ts';
import { readers } from './readers/index.ts';
import { type Extraction, type FileBytes, type Unreadable, unreadable } from './readers/types.ts';
import { storeText } from './textStore.ts';
import type { WorkerReply } from './workerPool.ts';

export interface ReadRequest {
  /** Absolute path. */
  path: string;
  format: DocumentFormat;
  uncompressedBytes: number;
  textsDir: string;
  /** SHA-256 of the bytes when it was last read: the same again means that nothing is extracted. */
  knownHash?: string;
}

/** A document without its text, which lies in the text store under `text_hash`. */
export interface StoredDocument {
  row?: string;
  title: string;
  metadata: Record<string, string>;
  pages?: number[];
  characters: number;
  text_hash: string;
}

export type ReadAnswer =
  | { kind: 'same'; hash: string }
  | { kind: 'read'; hash: string; documents: StoredDocument[]; unreadable: Unreadable[] };

async function read(request: ReadRequest): Promise<ReadAnswer> {
  const bytes = await readFile(request.path);
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash === request.knownHash) return { kind: 'same', hash };
  const extraction = await extract(bytes, request);
  const documents: StoredDocument[] = [];
  for (const { text, ...document } of extraction.documents)
    documents.push({ ...document, characters: text.length, text_hash: await storeText(request.textsDir, text) });
  return { kind: 'read', hash, documents, unreadable: extraction.unreadable };
}

async function extract(bytes: FileBytes, { path, format, uncompressedBytes }: ReadRequest): Promise<Extraction> {
  if (Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).includes(REPORT_MARK)) {
    return unreadable(
      'report',
      'A report of Synthetic Mixed Training. It tells evaluation questions, so it is no document: nothing is written from it.',
    );
  }
  return readers[format](bytes, basename(path, extname(path)), { uncompressedBytes });
}

parentPort?.on('message', (request: ReadRequest) => {
  read(request).then(
    (answer) => parentPort?.postMessage({ ok: true, answer } satisfies WorkerReply<ReadAnswer>),
    (error: unknown) =>
      parentPort?.postMessage({
        ok: false,
        message: error instanceof Error ? error.message : String(error),
      } satisfies WorkerReply<ReadAnswer>),
  );
});
