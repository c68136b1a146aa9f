import { RetrievalProblem } from '../problem.ts';
import type { EmbeddedChunk } from './chunkRow.ts';
import { ChunkTable } from './chunkTable.ts';

const BATCH_ROWS = 2_000;
const BATCH_MS = 5_000;

/** Appends chunks to a table in batches of at least 2,000 rows or 5 s, and makes the table with the first of them. */
export class ChunkWriter {
  readonly #folder: string;
  readonly #name: string;
  #table: ChunkTable | undefined;
  #pending: EmbeddedChunk[] = [];
  #lastWrite = Date.now();
  #queue: Promise<void> = Promise.resolve();
  /** Length of the vectors that came through here. */
  dimension: number | undefined;

  constructor(folder: string, name: string, table: ChunkTable | undefined) {
    this.#folder = folder;
    this.#name = name;
    this.#table = table;
  }

  /** @throws RetrievalProblem `malformed` where the embedder changed the length of its vectors on the way */
  async put(rows: readonly EmbeddedChunk[]): Promise<void> {
    for (const { vector } of rows) {
      this.dimension ??= vector?.length;
      if (vector?.length !== this.dimension) {
        throw new RetrievalProblem(
          'malformed',
          `The embedder gave vectors of ${this.dimension} and of ${vector?.length ?? 0} numbers. Is it one model?`,
        );
      }
    }
    this.#pending.push(...rows);
    if (this.#pending.length >= BATCH_ROWS || Date.now() - this.#lastWrite >= BATCH_MS) await this.#flush();
  }

  /** Writes what is pending and gives the table; undefined where nothing was ever written. */
  async close(): Promise<ChunkTable | undefined> {
    await this.#flush();
    return this.#table;
  }

  #flush(): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      const rows = this.#pending;
      if (rows.length === 0) return;
      this.#pending = [];
      if (this.#table) await this.#table.add(rows);
      else this.#table = await ChunkTable.create(this.#folder, this.#name, rows);
      this.#lastWrite = Date.now();
    });
    return this.#queue;
  }
}
