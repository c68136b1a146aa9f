import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BYTES, EXTRA, type LineFormat, LineStore, OFFSET, SHARD } from './lineStore.ts';
import { indexHeader } from './shardIndex.ts';
import { indexFile, listShards, repairTail, type Shard, shardName, shardNumber, sizeOf } from './shards.ts';

export interface WriterOptions {
  /** A shard that has grown past this is closed and the next one started. */
  shardBytes?: number;
  /** Lines are gathered for this many ms before they are written together. */
  groupMs?: number;
  /** Written lines are forced to disk after at most this many ms … */
  syncMs?: number;
  /** … or this many lines. */
  syncLines?: number;
  /** Stores whose lines must be on disk before lines of this one. */
  after?: readonly LineWriter[];
}

const DEFAULTS = { shardBytes: 256 << 20, groupMs: 4, syncMs: 250, syncLines: 4096, after: [] as const };
/** So much at once is written without waiting for more. */
const GROUP_BYTES = 1 << 20;
const INDEX_BATCH_WORDS = 1 << 16;

/**
 * The one writer of a store. Lines of a few milliseconds are written together in one write; `written` of a line is called
 * when that write has returned, so a `kill -9` after it loses nothing. The disk is forced (fdatasync) at most
 * `syncMs` or `syncLines` later, which is what a power cut can cost. A torn last line is repaired on opening.
 */
export class LineWriter extends LineStore {
  /** Bytes cut off as torn lines when the store was opened. */
  repaired = 0;
  readonly #options: Required<WriterOptions>;
  #shard: Shard | undefined;
  #file: FileHandle | undefined;
  #index: FileHandle | undefined;
  #indexRecords: number[] = [];

  #lines: string[] = [];
  #records: number[] = [];
  #callbacks: (((error?: Error) => void) | undefined)[] = [];
  #pendingBytes = 0;
  #appended = 0;
  #written = 0;
  #draining: Promise<void> | undefined;
  #groupTimer: NodeJS.Timeout | undefined;
  #waiters: { line: number; resolve(): void; reject(error: Error): void }[] = [];
  #broken: Error | undefined;

  #unsynced = 0;
  #syncTimer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;

  private constructor(folder: string, format: LineFormat, options: WriterOptions) {
    super(folder, format);
    this.#options = { ...DEFAULTS, ...options };
  }

  static async openForWriting(folder: string, format: LineFormat, options: WriterOptions = {}): Promise<LineWriter> {
    await mkdir(join(folder, 'index'), { recursive: true });
    const writer = new LineWriter(folder, format, options);
    const own = (await listShards(folder, format.prefix)).filter((name) => shardNumber(format.own, name) > 0);
    const last = own.at(-1);
    if (last) writer.repaired = await repairTail(join(folder, last));
    try {
      await writer.refresh();
      await writer.#useShard(last ?? shardName(format.own, 1));
    } catch (error) {
      await writer.close();
      throw error;
    }
    return writer;
  }

  /** Bytes waiting to be written: a caller that makes lines faster than the disk takes them should pause. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** `record` holds the id and, from EXTRA on, the format's own words; `line` ends with a newline. */
  append(record: Uint32Array, line: string, written?: (error?: Error) => void): void {
    if (this.#broken) {
      written?.(this.#broken);
      return;
    }
    const bytes = Buffer.byteLength(line);
    for (let word = 0; word < EXTRA + this.format.extraWords; word++) {
      this.#records.push(word === BYTES ? bytes : (record[word] ?? 0));
    }
    this.#lines.push(line);
    this.#callbacks.push(written);
    this.#pendingBytes += bytes;
    this.#appended++;
    if (this.#draining) return;
    if (this.#pendingBytes >= GROUP_BYTES) this.#startDrain();
    else this.#groupTimer ??= setTimeout(() => this.#startDrain(), this.#options.groupMs);
  }

  #startDrain(): void {
    clearTimeout(this.#groupTimer);
    this.#groupTimer = undefined;
    this.#draining ??= this.#drain();
  }

  /** Resolves when every line appended so far is written (survives the end of this process). */
  written(): Promise<void> | undefined {
    if (this.#broken) return Promise.reject(this.#broken);
    const line = this.#appended;
    if (this.#written >= line) return undefined;
    this.#startDrain();
    return new Promise((resolve, reject) => this.#waiters.push({ line, resolve, reject }));
  }

  /** Resolves when every line appended so far is on the disk (survives a power cut). */
  async sync(): Promise<void> {
    await this.written();
    while (this.#syncing) await this.#syncing;
    if (this.#unsynced > 0) await this.#startSync();
  }

  override async close(): Promise<void> {
    try {
      await this.sync();
      await this.#flushIndex();
    } finally {
      clearTimeout(this.#syncTimer);
      await this.#index?.close();
      await this.#file?.close();
      this.#index = undefined;
      this.#file = undefined;
      await super.close();
    }
  }

  async #drain(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      const records = this.#records;
      const callbacks = this.#callbacks;
      const bytes = this.#pendingBytes;
      this.#lines = [];
      this.#records = [];
      this.#callbacks = [];
      try {
        for (const earlier of this.#options.after) {
          const waiting = earlier.written();
          if (waiting) await waiting;
        }
        await this.#write(Buffer.from(lines.length === 1 ? (lines[0] ?? '') : lines.join('')));
      } catch (error) {
        this.#fail(error, callbacks);
        return;
      }
      this.#register(records);
      this.#pendingBytes -= bytes;
      this.#written += lines.length;
      this.#unsynced += lines.length;
      this.#planSync();
      for (const written of callbacks) written?.();
      while (this.#waiters[0] && this.#waiters[0].line <= this.#written) this.#waiters.shift()?.resolve();
      if (this.#indexRecords.length >= INDEX_BATCH_WORDS) await this.#flushIndex();
    }
    this.#draining = undefined;
  }

  async #write(data: Buffer): Promise<void> {
    if (!this.#shard || !this.#file) throw new Error('the store is closed');
    if (this.#shard.covered > 0 && this.#shard.covered + data.length > this.#options.shardBytes)
      await this.#nextShard();
    let done = 0;
    while (done < data.length) {
      const { bytesWritten } = await this.#file.write(data, done, data.length - done, this.#shard.covered + done);
      done += bytesWritten;
    }
  }

  #register(records: number[]): void {
    const shard = this.#shard;
    if (!shard) return;
    const words = EXTRA + this.format.extraWords;
    const record = new Uint32Array(words);
    const number = this.shards.indexOf(shard);
    for (let at = 0; at < records.length; at += words) {
      for (let word = 0; word < words; word++) record[word] = records[at + word] ?? 0;
      record[SHARD] = number;
      record[OFFSET] = shard.covered;
      shard.covered += record[BYTES] ?? 0;
      this.take(record);
      for (let word = 0; word < words; word++) this.#indexRecords.push(record[word] ?? 0);
    }
  }

  #fail(cause: unknown, callbacks: (((error?: Error) => void) | undefined)[]): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`${this.folder} cannot be written: ${reason}`, { cause });
    this.#broken = error;
    for (const written of [...callbacks, ...this.#callbacks]) written?.(error);
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
    this.#lines = [];
    this.#records = [];
    this.#callbacks = [];
    this.#draining = undefined;
  }

  #planSync(): void {
    if (this.#syncing) return;
    if (this.#unsynced >= this.#options.syncLines) {
      void this.#startSync().catch(() => {});
      return;
    }
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      if (this.#unsynced > 0 && !this.#syncing) void this.#startSync().catch(() => {});
    }, this.#options.syncMs);
  }

  /** A disk that cannot be forced breaks the store: nothing written after that may count as kept. */
  #startSync(): Promise<void> {
    const covered = this.#unsynced;
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    const run = async () => {
      try {
        for (const earlier of this.#options.after) await earlier.sync();
        await this.#file?.datasync();
        this.#unsynced -= covered;
        await this.#flushIndex();
      } catch (error) {
        this.#fail(error, []);
        throw error;
      } finally {
        this.#syncing = undefined;
      }
      if (this.#unsynced > 0) this.#planSync();
    };
    this.#syncing = run();
    return this.#syncing;
  }

  async #nextShard(): Promise<void> {
    while (this.#syncing) await this.#syncing;
    if (this.#unsynced > 0) await this.#startSync();
    await this.#flushIndex();
    await this.#index?.close();
    await this.#file?.close();
    const number = shardNumber(this.format.own, this.#shard?.name ?? '');
    await this.#useShard(shardName(this.format.own, number + 1));
  }

  async #useShard(name: string): Promise<void> {
    const path = join(this.folder, name);
    // Positioned writes: 'a' would ignore the position on Linux.
    this.#file = await open(path, (await sizeOf(path)) > 0 ? 'r+' : 'w+');
    let shard = this.shards.find((known) => known.name === name);
    if (!shard) {
      shard = { name, covered: 0, indexed: 0 };
      this.shards.push(shard);
    }
    // Behind lines that are not ours to read (damaged ones), never over them.
    shard.covered = Math.max(shard.covered, await sizeOf(path));
    this.#shard = shard;
    this.#index = await this.#openIndex(shard);
  }

  async #openIndex(shard: Shard): Promise<FileHandle> {
    const path = indexFile(this.folder, shard.name);
    const handle = await open(path, (await sizeOf(path)) > 0 ? 'r+' : 'w+');
    await handle.truncate(shard.indexed);
    if (shard.indexed === 0) {
      const header = indexHeader(EXTRA + this.format.extraWords);
      await handle.write(header, 0, header.length, 0);
      shard.indexed = header.length;
    }
    return handle;
  }

  #flushing: Promise<void> = Promise.resolve();
  #flushIndex(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => {
      const [shard, index] = [this.#shard, this.#index];
      if (!shard || !index || this.#indexRecords.length === 0) return;
      const bytes = Buffer.from(Uint32Array.from(this.#indexRecords).buffer);
      this.#indexRecords = [];
      const at = shard.indexed;
      shard.indexed += bytes.length;
      await index.write(bytes, 0, bytes.length, at);
    });
    return this.#flushing;
  }

  protected override onScanned(record: Uint32Array): void {
    for (const word of record) this.#indexRecords.push(word);
  }

  /** Lines that only the shard had: complete its index, so that the next opening does not read them again. */
  protected override async onShardRead(shard: Shard): Promise<void> {
    if (this.#indexRecords.length === 0) return;
    const bytes = Buffer.from(Uint32Array.from(this.#indexRecords).buffer);
    this.#indexRecords = [];
    const handle = await this.#openIndex(shard);
    try {
      await handle.write(bytes, 0, bytes.length, shard.indexed);
      shard.indexed += bytes.length;
    } finally {
      await handle.close();
    }
  }
}
