import { join } from 'node:path';
import { FileHandles } from './fileHandles.ts';
import { formatId, IdTable, parseId } from './idTable.ts';
import { INDEX_STEP, openIndex } from './shardIndex.ts';
import { indexFile, listShards, readLines, type Shard, sizeOf } from './shards.ts';

/** What a kind of line is to its store. */
export interface LineFormat {
  /** Shards are all `<prefix>*.jsonl` of the folder. */
  readonly prefix: string;
  /** Those that the writer makes are `<own>NNNNN.jsonl`; imported ones have other names. */
  readonly own: string;
  /** 32-bit words kept in the index for every line beside id and place. */
  readonly extraWords: number;
  /**
   * Reads a parsed line: writes its id into `record[0..3]` and its extra words from `EXTRA` on. Gives false where the
   * line is not one of this store; throws NewerFormatError where a newer version wrote it.
   */
  describe(line: unknown, record: Uint32Array): boolean;
  /** A line with an id that is known already: take its place? */
  replaces?(table: IdTable, known: number): boolean;
  /** Every line that is indexed, duplicates too (what was paid twice is paid); its record starts at word `at`. */
  count?(records: Uint32Array, at: number): void;
}

/** Record layout: id, shard number in this process, offset, bytes with newline, then the format's own words. */
export const SHARD = 4;
export const OFFSET = 5;
export const BYTES = 6;
export const EXTRA = 7;

/** A file was written by a newer version of this product. */
export class NewerFormatError extends Error {
  override name = 'NewerFormatError';
}

export function newerFormat(what: string, version: unknown): NewerFormatError {
  return new NewerFormatError(
    `${what} has format version ${String(version)}, which a newer version of this product wrote. Update it to go on.`,
  );
}

/** Lines read so far by shard name; JSON-safe, so that a reader can keep it. */
export type LogPosition = Record<string, number>;

/**
 * Reads an append-only store of JSON lines with 128-bit ids: shards of lines, and beside each shard an index that can
 * be rebuilt from it. Opening reads the indexes and only those lines that are newer. Never changes a file.
 */
export class LineStore {
  readonly folder: string;
  readonly format: LineFormat;
  readonly table: IdTable;
  readonly shards: Shard[] = [];
  /** Lines that could not be read, by place. */
  readonly malformed: { file: string; offset: number }[] = [];
  readonly #handles = new FileHandles();
  readonly #record: Uint32Array;

  protected constructor(folder: string, format: LineFormat) {
    this.folder = folder;
    this.format = format;
    this.table = new IdTable(EXTRA + format.extraWords);
    this.#record = new Uint32Array(EXTRA + format.extraWords);
  }

  static async open(folder: string, format: LineFormat): Promise<LineStore> {
    const store = new LineStore(folder, format);
    try {
      await store.refresh();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  get size(): number {
    return this.table.size;
  }

  has(id: string): boolean {
    return this.table.find(id) >= 0;
  }

  /** Takes in what was written since; gives the number of new lines. */
  async refresh(): Promise<number> {
    let added = 0;
    for (const name of await listShards(this.folder, this.format.prefix)) {
      let shard = this.shards.find((known) => known.name === name);
      if (!shard) {
        shard = { name, covered: 0, indexed: 0 };
        this.shards.push(shard);
      }
      added += await this.#refreshShard(shard);
    }
    return added;
  }

  /** The parsed line with this id, or undefined. */
  async read(id: string): Promise<unknown> {
    const index = this.table.find(id);
    if (index < 0) return undefined;
    const shard = this.shards[this.table.word(index, SHARD)];
    if (!shard) return undefined;
    const bytes = Buffer.allocUnsafe(this.table.word(index, BYTES));
    await this.#handles.read(join(this.folder, shard.name), bytes, this.table.word(index, OFFSET));
    return JSON.parse(bytes.toString());
  }

  /** Lines written after a position, as parsed, with the position behind each batch. */
  async *scan(from: LogPosition = {}): AsyncGenerator<{ lines: unknown[]; position: LogPosition }> {
    const position: LogPosition = { ...from };
    for (const name of await listShards(this.folder, this.format.prefix)) {
      for await (const batch of readLines(join(this.folder, name), position[name] ?? 0)) {
        const last = batch.at(-1);
        if (last) position[name] = last.offset + last.bytes;
        const lines = batch.flatMap((line) => {
          const parsed = parse(line.text);
          return parsed === undefined ? [] : [parsed];
        });
        yield { lines, position: { ...position } };
      }
    }
  }

  /** Where the store ends as far as it was taken in. */
  position(): LogPosition {
    return Object.fromEntries(this.shards.map(({ name, covered }) => [name, covered]));
  }

  /** Ids in the order they were written. */
  *ids(): Generator<string> {
    const words = new Uint32Array(4);
    for (let index = 0; index < this.table.size; index++) {
      for (let word = 0; word < 4; word++) words[word] = this.table.word(index, word);
      yield formatId(words);
    }
  }

  async close(): Promise<void> {
    await this.#handles.close();
  }

  /** Puts a record into the table; `record[SHARD]` names the shard by its index in `shards`. */
  protected take(record: Uint32Array, at = 0): void {
    const known = this.table.findWords(record, at);
    this.format.count?.(record, at);
    if (known < 0) this.table.add(record, at);
    else if (this.format.replaces?.(this.table, known)) this.table.replace(known, record, at);
  }

  /** Describes a line into the store's one scratch record; undefined where it is none of ours. */
  protected describe(line: unknown): Uint32Array | undefined {
    this.#record.fill(0);
    return this.format.describe(line, this.#record) ? this.#record : undefined;
  }

  async #refreshShard(shard: Shard): Promise<number> {
    const file = join(this.folder, shard.name);
    const size = await sizeOf(file);
    if (size <= shard.covered) return 0;
    const before = this.table.size;
    await this.#readIndex(shard, size);
    const number = this.shards.indexOf(shard);
    if (size > shard.covered) {
      for await (const lines of readLines(file, shard.covered)) {
        for (const line of lines) {
          const parsed = parse(line.text);
          const record = parsed === undefined ? undefined : this.describe(parsed);
          if (record) {
            record[SHARD] = number;
            record[OFFSET] = line.offset;
            record[BYTES] = line.bytes;
            this.take(record);
            this.onScanned(record);
          } else if (line.text.trim() !== '') {
            this.malformed.push({ file: shard.name, offset: line.offset });
          }
          shard.covered = line.offset + line.bytes;
        }
      }
    }
    await this.onShardRead(shard);
    return this.table.size - before;
  }

  /** For the writer, which completes the index with lines that only the shard has. */
  protected onScanned(_record: Uint32Array): void {}
  protected async onShardRead(_shard: Shard): Promise<void> {}

  async #readIndex(shard: Shard, size: number): Promise<void> {
    const file = indexFile(this.folder, shard.name);
    const words = EXTRA + this.format.extraWords;
    const index = await openIndex(file, words, shard.indexed);
    if (!index) return;
    try {
      const { count } = index;
      if (count === 0) return;
      const last = await index.read(count - 1, 1);
      const end = (last[OFFSET] ?? 0) + (last[BYTES] ?? 0);
      // An index that promises more than the shard holds, or names other lines, is of another file: read the shard.
      if (end > size || !(await this.#matches(shard, last))) return;
      if (!(await this.#matches(shard, await index.read(0, 1)))) return;
      this.table.expect(count);
      const number = this.shards.indexOf(shard);
      let taken = 0;
      for (let from = 0; from < count; from += INDEX_STEP) {
        const records = await index.read(from, Math.min(INDEX_STEP, count - from));
        for (let at = 0; at < records.length; at += words) {
          if ((records[at + OFFSET] ?? 0) < shard.covered) continue; // scanned from the shard before
          records[at + SHARD] = number;
          this.take(records, at);
          taken++;
        }
      }
      shard.indexed = index.end;
      if (taken > 0) shard.covered = Math.max(shard.covered, end);
    } finally {
      await index.close();
    }
  }

  async #matches(shard: Shard, described: Uint32Array): Promise<boolean> {
    const bytes = Buffer.alloc(described[BYTES] ?? 0);
    await this.#handles.read(join(this.folder, shard.name), bytes, described[OFFSET] ?? 0);
    const parsed = bytes.at(-1) === 10 ? parse(bytes.toString()) : undefined;
    const record = parsed === undefined ? undefined : this.describe(parsed);
    return record !== undefined && [0, 1, 2, 3].every((word) => record[word] === described[word]);
  }
}

/** Writes a text id into a record; false where it is not one. */
export function setId(record: Uint32Array, id: unknown): boolean {
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return false;
  parseId(id, record);
  return true;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
