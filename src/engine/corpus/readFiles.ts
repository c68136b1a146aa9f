import { join } from 'node:path';
import type { UnreadableFile, UnreadableReason } from '../../contract/corpus.ts';
import { formatOf } from './readers/formats.ts';
import type { ReadAnswer, ReadRequest } from './readWorker.ts';
import type { CachedFile } from './scanCache.ts';
import type { FoundFile } from './walk.ts';
import { WorkerFailure, WorkerPool } from './workerPool.ts';

const MB = 2 ** 20;
/** One file's reading may take this long; a PDF of a thousand pages needs some 20 s on a slow machine. */
const READ_TIMEOUT_MS = 5 * 60_000;
const CHECKPOINT_MS = 15_000;

export interface ReadFilesOptions {
  found: readonly FoundFile[];
  cached: ReadonlyMap<string, CachedFile>;
  corpusDir: string;
  maxFileMb: number;
  signal?: AbortSignal | undefined;
  onRead?: ((done: number, path: string) => void) | undefined;
  /** Called now and then with all that is known, so that a scan that is stopped is not begun again from nothing. */
  checkpoint?: ((files: readonly CachedFile[]) => Promise<void>) | undefined;
}

export interface FilesRead {
  /** Every file that was looked into, from the cache or anew, in the order of `found`. */
  files: CachedFile[];
  /** Files that were not looked into. They are looked at again in the next scan. */
  unreadable: UnreadableFile[];
  /** Files whose text was extracted in this scan. */
  extracted: number;
  /** True: the cache is behind. */
  changed: boolean;
}

/** Reads what changed since the last scan, several files at a time, in worker threads. */
export async function readFiles(options: ReadFilesOptions): Promise<FilesRead> {
  const { found, cached, corpusDir, maxFileMb, signal, onRead } = options;
  const limit = Math.round(maxFileMb * MB);
  const files: (CachedFile | undefined)[] = [];
  const unreadable: UnreadableFile[] = [];
  let extracted = 0;
  let changed = false;
  let done = 0;
  let pool: WorkerPool<ReadRequest, ReadAnswer> | undefined;

  const look = async (file: FoundFile, index: number): Promise<void> => {
    const fail = (reason: UnreadableReason, message: string) => unreadable.push({ path: file.path, reason, message });
    const format = formatOf(file.path);
    if (!format)
      return void fail(
        'unsupported',
        'No reader for this kind of file. Convert it to Markdown, text, HTML, PDF, DOCX or EPUB, or leave it out with `corpus.exclude` in smt.yaml.',
      );
    if (file.size > limit)
      return void fail(
        'too_large',
        `${(file.size / MB).toFixed(1)} MB is over the limit of ${maxFileMb} MB. Split the file, or raise \`corpus.max_file_mb\` in smt.yaml.`,
      );
    if (file.size === 0) return void fail('empty', 'The file is empty.');
    const before = cached.get(file.path);
    const comparable = before?.limit === limit ? before : undefined;
    if (
      comparable &&
      comparable.size === file.size &&
      comparable.mtime_ms === file.mtimeMs &&
      comparable.ctime_ms === file.ctimeMs
    ) {
      files[index] = comparable;
      return;
    }
    // Archives unpack to several times their size; more than this is a bomb or no document.
    pool ??= new WorkerPool('readWorker', { timeoutMs: READ_TIMEOUT_MS });
    try {
      const answer = await pool.run(
        {
          path: file.absolute,
          format,
          uncompressedBytes: 4 * limit,
          textsDir: join(corpusDir, 'texts'),
          ...(comparable ? { knownHash: comparable.hash } : {}),
        },
        signal,
      );
      changed = true;
      const seen = {
        path: file.path,
        size: file.size,
        mtime_ms: file.mtimeMs,
        ctime_ms: file.ctimeMs,
        hash: answer.hash,
        limit,
      };
      if (answer.kind === 'read') {
        extracted += 1;
        files[index] = { ...seen, documents: answer.documents, unreadable: answer.unreadable };
      } else if (comparable) files[index] = { ...comparable, ...seen };
    } catch (error) {
      signal?.throwIfAborted();
      fail(...readFailure(error));
    }
  };

  try {
    const waiting = found.entries();
    let kept = Date.now();
    const lane = async () => {
      for (const [index, file] of waiting) {
        await look(file, index);
        done += 1;
        onRead?.(done, file.path);
        if (!changed || Date.now() - kept < CHECKPOINT_MS) continue;
        kept = Date.now();
        await options.checkpoint?.(files.filter((known) => known !== undefined));
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  } finally {
    await pool?.close();
  }
  return { files: files.filter((file) => file !== undefined), unreadable, extracted, changed };
}

function readFailure(error: unknown): [UnreadableReason, string] {
  if (error instanceof WorkerFailure) {
    if (error.kind === 'timeout')
      return [
        'malformed',
        `Reading it was given up after ${READ_TIMEOUT_MS / 60_000} minutes. Split the file, or leave it out with \`corpus.exclude\` in smt.yaml.`,
      ];
    if (error.kind === 'out_of_memory')
      return ['too_large', 'Reading it needs more memory than is allowed. Split the file.'];
    return [
      'malformed',
      `The reader broke down (${error.message}). Save the file again in its own program, or leave it out with \`corpus.exclude\` in smt.yaml.`,
    ];
  }
  const message = error instanceof Error ? error.message : String(error);
  if (/\b(EACCES|EPERM)\b/.test(message))
    return ['permission', `The file cannot be opened (${message}). Check its permissions.`];
  return ['malformed', `The file could not be read (${message}). Save it again in its own program.`];
}
