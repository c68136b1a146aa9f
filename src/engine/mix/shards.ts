import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { DatasetManifest } from '../../contract/dataset.ts';

/** A row of a training set. */
export interface TrainingRow {
  ids: number[];
  /** As `ids`, or -100 where the token is not learned. */
  labels: number[];
  source: string;
  kind: 'qa' | 'document' | 'replay';
  method: string | undefined;
  document: string | undefined;
}

type DatasetFile = DatasetManifest['files'][number];

/** A shard ends after the row group with which it reaches this size; with its last group it stays below 100 MB. */
const SHARD_BYTES = 90_000_000;
/** A row group ends with either: what is held in memory while it is encoded. */
const GROUP_TOKENS = 120_000;
const GROUP_ROWS = 10_000;

const list = (name: string) =>
  [
    { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', type: 'INT32' },
  ] as const;
const text = (name: string, repetition_type: 'REQUIRED' | 'OPTIONAL') =>
  ({ name, repetition_type, type: 'BYTE_ARRAY', converted_type: 'UTF8' }) as const;

/** `input_ids` and `labels` are what a trainer reads; the rest says where a row comes from. */
const SCHEMA = [
  { name: 'root', num_children: 6 },
  ...list('input_ids'),
  ...list('labels'),
  text('source', 'REQUIRED'),
  text('kind', 'REQUIRED'),
  text('method', 'OPTIONAL'),
  text('document', 'OPTIONAL'),
];

/**
 * Parquet shards of one split, `data/<split>-00000-of-0000N.parquet`. Rows are encoded group by group and written at
 * once; the same rows give the same bytes.
 */
export class ShardWriter {
  readonly #folder: string;
  readonly #split: DatasetFile['split'];
  readonly #done: (Omit<DatasetFile, 'path'> & { draft: string })[] = [];
  #group: TrainingRow[] = [];
  #groupTokens = 0;
  #shard: Shard | undefined;

  /** @param folder the data set's folder; `data/` is made in it */
  constructor(folder: string, split: DatasetFile['split']) {
    this.#folder = folder;
    this.#split = split;
  }

  /** Wait for the promise where there is one before the next row. */
  add(row: TrainingRow): Promise<void> | undefined {
    this.#group.push(row);
    this.#groupTokens += row.ids.length;
    return this.#groupTokens >= GROUP_TOKENS || this.#group.length >= GROUP_ROWS ? this.#flush() : undefined;
  }

  /** Writes what is left and gives the files their names. A split without rows has no file. */
  async finish(): Promise<DatasetFile[]> {
    await this.#flush();
    await this.#endShard();
    const files: DatasetFile[] = [];
    for (const [index, { draft, ...file }] of this.#done.entries()) {
      const name = `data/${this.#split}-${five(index)}-of-${five(this.#done.length)}.parquet`;
      await rename(draft, join(this.#folder, name));
      files.push({ path: name, ...file });
    }
    return files;
  }

  async #flush(): Promise<void> {
    if (this.#group.length === 0) return;
    const rows = this.#group;
    const tokens = this.#groupTokens;
    this.#group = [];
    this.#groupTokens = 0;
    if (!this.#shard) {
      await mkdir(join(this.#folder, 'data'), { recursive: true });
      const draft = join(this.#folder, 'data', `${this.#split}-${five(this.#done.length)}.draft`);
      this.#shard = await Shard.start(draft);
    }
    await this.#shard.write(rows, tokens);
    if (this.#shard.bytes >= SHARD_BYTES) await this.#endShard();
  }

  async #endShard(): Promise<void> {
    if (!this.#shard) return;
    this.#done.push({ split: this.#split, ...(await this.#shard.finish()) });
    this.#shard = undefined;
  }
}

const five = (number: number): string => String(number).padStart(5, '0');

class Shard {
  readonly draft: string;
  readonly #file: FileHandle;
  readonly #bytes: ByteWriter;
  readonly #parquet: ParquetWriter;
  readonly #hash = createHash('sha256');
  #rows = 0;
  #tokens = 0;

  private constructor(draft: string, file: FileHandle, bytes: ByteWriter, parquet: ParquetWriter) {
    this.draft = draft;
    this.#file = file;
    this.#bytes = bytes;
    this.#parquet = parquet;
  }

  static async start(draft: string): Promise<Shard> {
    const library = await import('hyparquet-writer');
    const bytes = new library.ByteWriter(1 << 20);
    const parquet = new library.ParquetWriter({
      writer: bytes,
      schema: SCHEMA.map((element) => ({ ...element })),
      codec: 'SNAPPY',
      statistics: false,
      createdBy: 'synthetic-mixed-training',
    });
    return new Shard(draft, await open(draft, 'w'), bytes, parquet);
  }

  get bytes(): number {
    return this.#bytes.offset;
  }

  async write(rows: readonly TrainingRow[], tokens: number): Promise<void> {
    await this.#parquet.write({
      columnData: [
        { name: 'input_ids', data: rows.map(({ ids }) => ids), encoding: 'RLE_DICTIONARY' },
        { name: 'labels', data: rows.map(({ labels }) => labels), encoding: 'RLE_DICTIONARY' },
        { name: 'source', data: rows.map(({ source }) => source), encoding: 'PLAIN' },
        { name: 'kind', data: rows.map(({ kind }) => kind) },
        { name: 'method', data: rows.map(({ method }) => method ?? null) },
        { name: 'document', data: rows.map(({ document }) => document ?? null) },
      ],
      rowGroupSize: rows.length,
    });
    this.#rows += rows.length;
    this.#tokens += tokens;
    await this.#drain();
  }

  async finish() {
    await this.#parquet.finish();
    await this.#drain();
    await this.#file.sync();
    await this.#file.close();
    return {
      draft: this.draft,
      sha256: this.#hash.digest('hex'),
      bytes: this.#bytes.offset,
      rows: this.#rows,
      tokens: this.#tokens,
    };
  }

  /** Empties the library's buffer into the file: places count from the start of the file, not of the buffer. */
  async #drain(): Promise<void> {
    const written = this.#bytes.getBytes();
    this.#hash.update(written);
    await this.#file.writeFile(written);
    this.#bytes.index = 0;
  }
}
