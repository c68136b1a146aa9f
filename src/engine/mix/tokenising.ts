import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WorkerPool } from '../corpus/workerPool.ts';
import type { EncodeAnswer, EncodeRequest } from './encodeWorker.ts';
import type { RenderedText } from './render.ts';
import type { CachedText, TokenCache } from './tokenCache.ts';

/** Characters of one worker request: small enough to share the work and to stop soon. */
const BATCH_CHARACTERS = 200_000;
/** Requests under way or waiting for a worker: bounds what is held in memory. */
const MOST_BATCHES = 8;

interface Waiting {
  text: RenderedText;
  /** Its hash, four words. */
  key: Uint32Array;
  found(entry: CachedText): void;
}

/** Writes the 128-bit hash of a rendered text as four words: what the cache knows it by. */
export function textKey({ prompt, completion }: RenderedText, into: Uint32Array, at = 0): void {
  const digest = hash('sha256', `${prompt}\u0000${completion}`, 'buffer');
  for (let word = 0; word < 4; word++) into[at + word] = digest.readUInt32LE(word * 4);
}

/**
 * Rendered texts to token ids, each text once: what the cache has is answered at once, the rest goes to worker threads
 * in batches. Prompt and completion are tokenised apart.
 */
export class Tokenising {
  readonly #cache: TokenCache;
  readonly #pool: WorkerPool<EncodeRequest, EncodeAnswer>;
  readonly #signal: AbortSignal | undefined;
  readonly #running = new Set<Promise<void>>();
  readonly #sameText = new Map<string, Waiting[]>();
  #batch: Waiting[] = [];
  #characters = 0;
  #failure: unknown;
  /** Texts and tokens that were not in the cache. */
  readonly fresh = { texts: 0, tokens: 0 };

  constructor(cache: TokenCache, tokenizerPath: string, signal?: AbortSignal) {
    this.#cache = cache;
    this.#signal = signal;
    this.#pool = new WorkerPool(workerScript(), { workerData: tokenizerPath });
  }

  /** `found` is called once, now or after a later `take` or `finish`. Wait for the promise before the next call. */
  async take(text: RenderedText, key: Uint32Array, found: (entry: CachedText) => void): Promise<void> {
    const known = this.#cache.find(key);
    if (known) return found(known);
    const name = key.subarray(0, 4).join('.');
    const same = this.#sameText.get(name);
    const waiting = { text, key: key.slice(0, 4), found };
    if (same) {
      same.push(waiting);
      return;
    }
    this.#sameText.set(name, [waiting]);
    this.#batch.push(waiting);
    this.#characters += text.prompt.length + text.completion.length;
    if (this.#characters >= BATCH_CHARACTERS) await this.#send();
  }

  /** Everything taken has its tokens, and they are on disk. @throws what a worker failed with */
  async finish(): Promise<void> {
    await this.#send();
    while (this.#running.size > 0) await Promise.race(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
    await this.#cache.flush();
  }

  async close(): Promise<void> {
    await Promise.all(this.#running);
    await this.#pool.close();
  }

  async #send(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#characters = 0;
    const running = this.#encode(batch)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    while (this.#running.size >= MOST_BATCHES) await Promise.race(this.#running);
  }

  async #encode(batch: readonly Waiting[]): Promise<void> {
    const texts = batch.flatMap(({ text }) => [text.prompt, text.completion]);
    const { ids, lengths } = await this.#pool.run(texts, this.#signal);
    let at = 0;
    for (const [index, { key }] of batch.entries()) {
      const prompt = lengths[index * 2] ?? 0;
      const length = prompt + (lengths[index * 2 + 1] ?? 0);
      const entry = await this.#cache.add(key, ids.subarray(at, at + length), prompt);
      at += length;
      this.fresh.texts += 1;
      this.fresh.tokens += length;
      const name = key.join('.');
      for (const { found } of this.#sameText.get(name) ?? []) found(entry);
      this.#sameText.delete(name);
    }
  }
}

/** `dist/encodeWorker.js` beside the bundle, else the TypeScript source beside this file. */
function workerScript(): string {
  const bundled = join(__dirname, 'encodeWorker.js');
  return existsSync(bundled) ? bundled : join(__dirname, 'encodeWorker.ts');
}
