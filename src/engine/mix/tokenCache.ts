import { readSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { IdTable } from '../llm/idTable.ts';

/** Words of an index record: text hash (4), place in tokens (low, high), tokens of the text, tokens of its prompt. */
const WORDS = 8;
const BYTES = WORDS * 4;
/** Tokens are written in pieces of this many bytes. */
const FLUSH_BYTES = 8 << 20;

export interface CachedText {
  /** Place of the first token, in tokens from the start of the file. */
  at: number;
  /** Tokens of prompt and completion, without the end-of-text token. */
  length: number;
  prompt: number;
}

/**
 * Token ids of every text that was ever tokenised for a mixture, by the hash of its rendered text: `tokens.bin` (16 bits
 * a token where the vocabulary allows, else 32) and `index.bin` (32 bytes a text). One folder a tokenizer, one writer
 * at a time; a torn end is cut off when it is opened. Rebuildable.
 */
export class TokenCache {
  readonly #table: IdTable;
  readonly #record = new Uint32Array(WORDS);
  readonly #width: 2 | 4;
  readonly #tokens: FileHandle;
  readonly #index: FileHandle;
  #written: number;
  #chunks: Buffer[] = [];
  #records: Buffer[] = [];
  #waiting = 0;
  #size: number;
  #flushing: Promise<void> = Promise.resolve();
  /** An allocation a row would be a million of them. */
  #scratch = Buffer.allocUnsafeSlow(1 << 16);

  private constructor(files: { tokens: FileHandle; index: FileHandle }, table: IdTable, width: 2 | 4, size: number) {
    this.#tokens = files.tokens;
    this.#index = files.index;
    this.#table = table;
    this.#width = width;
    this.#size = size;
    this.#written = size;
  }

  /** Opens or makes the cache of one tokenizer. `folder` is named by the tokenizer's hash. */
  static async open(folder: string, vocabulary: number): Promise<TokenCache> {
    await mkdir(folder, { recursive: true });
    const width = vocabulary <= 0x1_0000 ? 2 : 4;
    const [tokenFile, indexFile] = [join(folder, `tokens-${width}.bin`), join(folder, `index-${width}.bin`)];
    const tokens = await open(tokenFile, 'a+');
    const size = Math.floor((await tokens.stat()).size / width);
    const bytes = await readFile(indexFile).catch(() => Buffer.alloc(0));
    const count = Math.floor(bytes.length / BYTES);
    const table = new IdTable(WORDS, count);
    const record = new Uint32Array(WORDS);
    let whole = 0;
    let end = 0;
    for (; whole < count; whole++) {
      for (let word = 0; word < WORDS; word++) record[word] = bytes.readUInt32LE(whole * BYTES + word * 4);
      const last = place(record[4] ?? 0, record[5] ?? 0) + (record[6] ?? 0);
      // Tokens reach the disk before the record that names them: what names more was torn off by a crash.
      if (last > size) break;
      end = Math.max(end, last);
      if (table.findWords(record, 0) < 0) table.add(record);
    }
    if (bytes.length !== whole * BYTES) await truncate(indexFile, whole * BYTES);
    if (size > end) await tokens.truncate(end * width);
    const index = await open(indexFile, 'a');
    return new TokenCache({ tokens, index }, table, width, end);
  }

  /** Texts in it. */
  get texts(): number {
    return this.#table.size;
  }

  /** The text whose hash stands in `words` from `at` on. */
  find(words: Uint32Array, at = 0): CachedText | undefined {
    const found = this.#table.findWords(words, at);
    if (found < 0) return undefined;
    return {
      at: place(this.#table.word(found, 4), this.#table.word(found, 5)),
      length: this.#table.word(found, 6),
      prompt: this.#table.word(found, 7),
    };
  }

  /** Adds a text. It can be found at once and read after `flush`. */
  async add(words: Uint32Array, ids: Uint32Array, prompt: number): Promise<CachedText> {
    const known = this.find(words);
    if (known) return known;
    const at = this.#size;
    const record = this.#record;
    record.set(words.subarray(0, 4));
    record[4] = at >>> 0;
    record[5] = Math.floor(at / 2 ** 32);
    record[6] = ids.length;
    record[7] = prompt;
    this.#table.add(record);
    const bytes = Buffer.from((this.#width === 2 ? Uint16Array.from(ids) : ids).slice().buffer);
    this.#chunks.push(bytes);
    const line = Buffer.alloc(BYTES);
    for (let word = 0; word < WORDS; word++) line.writeUInt32LE(record[word] ?? 0, word * 4);
    this.#records.push(line);
    this.#size += ids.length;
    this.#waiting += bytes.length + BYTES;
    if (this.#waiting >= FLUSH_BYTES) await this.flush();
    return { at, length: ids.length, prompt };
  }

  /** Everything added so far is on disk: tokens first, then what names them. */
  flush(): Promise<void> {
    // One write after the other: places are given out in the order of the chunks.
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    if (this.#waiting === 0) return;
    const [chunks, records, size] = [this.#chunks, this.#records, this.#size];
    this.#chunks = [];
    this.#records = [];
    this.#waiting = 0;
    await this.#tokens.appendFile(Buffer.concat(chunks));
    this.#written = size;
    await this.#index.appendFile(Buffer.concat(records));
  }

  /**
   * Token ids from a place on, in memory that the next call uses again: copy what is kept.
   * @throws Error where they were not flushed, or the file was cut behind our back
   */
  read(at: number, length: number): Uint16Array | Uint32Array {
    if (at + length > this.#written) throw new Error('Tokens are read before they were written.');
    if (this.#scratch.length < length * this.#width) this.#scratch = Buffer.allocUnsafeSlow(2 * length * this.#width);
    const bytes = this.#scratch.subarray(0, length * this.#width);
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(this.#tokens.fd, bytes, done, bytes.length - done, at * this.#width + done);
      if (read === 0)
        throw new Error('The token cache became shorter while it was read. Build the training set again.');
      done += read;
    }
    return this.#width === 2 ? new Uint16Array(bytes.buffer, 0, length) : new Uint32Array(bytes.buffer, 0, length);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#tokens.close();
    await this.#index.close();
  }
}

const place = (low: number, high: number): number => high * 2 ** 32 + low;
