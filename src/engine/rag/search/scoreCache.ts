import { appendFile, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { contentHash } from '../../contentHash.ts';
import type { Hit } from '../store/chunkTable.ts';

const Line = z.object({
  v: z.literal(1),
  /** Hash of the query's text. */
  query: z.string(),
  /** Chunk ids and scores, in the order they were found. */
  hits: z.array(z.tuple([z.string(), z.number()])),
});

/**
 * Found chunks by query, on disk: one append-only file a (index fingerprint, stage), read once at first use. A line
 * that a kill left half written is skipped; newest wins. `top_k` is no part of it.
 */
export class ScoreCache {
  readonly #file: string;
  readonly #known = new Map<string, readonly Hit[]>();
  readonly #writes: boolean;
  #loaded: Promise<void> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** `stage` holds all that the scores depend on beside the index: candidates, query prefix, reranker. */
  constructor(folder: string, fingerprint: string, stage: readonly (string | number)[], writes: boolean) {
    const name = contentHash(JSON.stringify(stage)).slice(0, 12);
    this.#file = join(cacheFolder(folder), `${fingerprint}.${stage[0]}.${name}.jsonl`);
    this.#writes = writes;
  }

  async get(query: string): Promise<readonly Hit[] | undefined> {
    await this.#load();
    return this.#known.get(contentHash(query));
  }

  async put(query: string, hits: readonly Hit[]): Promise<void> {
    await this.#load();
    const hash = contentHash(query);
    this.#known.set(hash, hits);
    if (!this.#writes) return;
    const line = { v: 1, query: hash, hits: hits.map(({ id, score }) => [id, score]) };
    // One write a line, one after the other: lines of two processes do not mix.
    this.#queue = this.#queue.catch(() => {}).then(() => appendFile(this.#file, `${JSON.stringify(line)}\n`));
    await this.#queue;
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#read();
    return this.#loaded;
  }

  async #read(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const parsed = line === '' ? undefined : Line.safeParse(lenient(line)).data;
      if (parsed)
        this.#known.set(
          parsed.query,
          parsed.hits.map(([id, score]) => ({ id, score })),
        );
    }
    if (!this.#writes) return;
    await mkdir(dirname(this.#file), { recursive: true });
    if (text !== '' && !text.endsWith('\n')) {
      const file = await open(this.#file, 'a');
      await file.write('\n').finally(() => file.close());
    }
  }
}

const cacheFolder = (folder: string): string => join(folder, 'cache');

/** Takes away what was cached for indexes that are no more. */
export async function forgetOtherFingerprints(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const files = await readdir(cacheFolder(folder)).catch(() => []);
  const gone = files.filter((file) => !kept.has(file.split('.')[0] ?? ''));
  await Promise.all(gone.map((file) => rm(join(cacheFolder(folder), file), { force: true })));
}

function lenient(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
