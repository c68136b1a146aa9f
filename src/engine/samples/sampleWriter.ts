import type { Connection, Table } from '@lancedb/lancedb';
import type { Sample } from '../../contract/sample.ts';
import { IdTable, parseId } from '../llm/idTable.ts';
import { type Coverage, newCoverage, newGeneration, readCoverage, writeCoverage } from './coverage.ts';
import { connectLance, createIndexes, createSampleTable, hasTextIndex, openSampleTable } from './lanceTable.ts';
import { type StoredSample, samplesOfBatch, toArrow } from './sampleRow.ts';
import type { LogPosition, SampleWriter } from './types.ts';

/** Rows written together: each write costs some milliseconds of its own and leaves a version of the table. */
const BATCH_ROWS = 5_000;
const BATCH_MS = 2_000;
/** Rows that may wait while others are written: some twenty megabytes. */
const MOST_WAITING = 10_000;
/** Compaction and indexing cost in proportion to the table: done when the part not indexed reaches this share. */
const UNINDEXED_ROWS = 20_000;
const UNINDEXED_SHARE = 0.25;
/** … and the last time is this many times as long ago as it took: samples may come faster than they can be indexed. */
const REST = 10;
/** From here on searching what is not indexed is slow whatever the table's size. */
const MOST_UNINDEXED = 250_000;
/** Fewer are left as they are at the end. */
const UNINDEXED_AT_END = 2_000;
/** A reader looks at the latest version at least this often; older ones may go. */
const KEEP_VERSIONS_MS = 10 * 60_000;

type Amendment = Pick<Sample, 'id' | 'state' | 'reason' | 'detail'>;

export interface WriterOptions {
  /** The `.smt/lance` folder. */
  lance: string;
  /** Make the table anew, whatever is there. */
  fresh?: boolean;
  /** What samples are made and judged with now; a table of another basis is made anew. '': not asked. */
  basis?: string;
}

/**
 * Opens the table for the one job that writes (it holds the project's lease). A table without coverage, of another
 * schema or of another basis, is made anew: `position` is null then and everything has to be put.
 * @throws StoreUnavailable
 */
export async function openSampleWriter(options: WriterOptions): Promise<SampleWriter> {
  const database = await connectLance(options.lance);
  const { basis = '' } = options;
  const found = options.fresh ? null : await readCoverage(options.lance);
  const known = basis === '' || found?.basis === basis ? found : null;
  const existing = known ? await openSampleTable(database) : undefined;
  if (known && existing) return LanceSampleWriter.open(options.lance, database, existing, known, known.position);
  const table = await createSampleTable(database);
  const coverage = newCoverage(basis);
  await writeCoverage(options.lance, coverage);
  return LanceSampleWriter.open(options.lance, database, table, coverage, null);
}

class LanceSampleWriter implements SampleWriter {
  readonly position: LogPosition | null;
  readonly #lance: string;
  readonly #database: Connection;
  readonly #table: Table;
  #coverage: Coverage;
  /** Ids in the table. Rows of others are appended without looking. */
  readonly #stored = new IdTable(4);
  readonly #id = new Uint32Array(4);
  /** Ids that were removed: `#stored` only grows. */
  readonly #gone = new Set<string>();
  #removals = new Set<string>();
  #seq = 0;
  #rows = 0;
  #unindexed = 0;
  /** `performance.now()` ms before which the next indexing waits. */
  #restUntil = 0;
  #pending = new Map<string, Sample>();
  #amendments = new Map<string, Amendment>();
  #covered: LogPosition | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Writes go one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** The last of them has not begun: it takes what comes until then. */
  #queued = false;
  #failure: unknown;

  private constructor(
    lance: string,
    database: Connection,
    table: Table,
    coverage: Coverage,
    position: LogPosition | null,
  ) {
    this.#lance = lance;
    this.#database = database;
    this.#table = table;
    this.#coverage = coverage;
    this.position = position;
  }

  static async open(
    lance: string,
    database: Connection,
    table: Table,
    coverage: Coverage,
    position: LogPosition | null,
  ): Promise<SampleWriter> {
    const writer = new LanceSampleWriter(lance, database, table, coverage, position);
    for await (const batch of table.query().select(['id', 'seq'])) {
      const ids = batch.getChild('id');
      const seqs = batch.getChild('seq');
      for (let row = 0; row < batch.numRows; row++) {
        writer.#remember(String(ids?.get(row)));
        writer.#seq = Math.max(writer.#seq, Number(seqs?.get(row)));
      }
      writer.#rows += batch.numRows;
    }
    if (writer.#rows > 0 && (await hasTextIndex(table))) {
      writer.#unindexed = (await table.indexStats('body_idx'))?.numUnindexedRows ?? 0;
    }
    return writer;
  }

  put(samples: readonly Sample[]): void {
    for (const sample of samples) {
      this.#pending.set(sample.id, sample);
      this.#amendments.delete(sample.id);
      this.#removals.delete(sample.id);
    }
    this.#schedule();
  }

  amend(changes: readonly Amendment[]): void {
    for (const change of changes) {
      const waiting = this.#pending.get(change.id);
      if (waiting) this.#pending.set(change.id, amended(waiting, change));
      else this.#amendments.set(change.id, change);
    }
    this.#schedule();
  }

  remove(ids: readonly string[]): number {
    let known = 0;
    for (const id of ids) {
      const waiting = this.#pending.delete(id);
      this.#amendments.delete(id);
      if (this.#has(id)) this.#removals.add(id);
      else if (!waiting) continue;
      known++;
    }
    if (known > 0) this.#schedule();
    return known;
  }

  covered(position: LogPosition): void {
    this.#covered = { ...position };
    this.#schedule();
  }

  room(): Promise<void> | undefined {
    return this.#waiting < MOST_WAITING ? undefined : this.#makeRoom();
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queued = true;
    this.#queue = this.#queue
      .then(() => {
        this.#queued = false;
        return this.#write();
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
    await this.#queue;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
      if (this.#unindexed >= UNINDEXED_AT_END || (this.#rows > 0 && !(await hasTextIndex(this.#table))))
        await this.#index();
    } finally {
      clearTimeout(this.#timer);
      this.#table.close();
      this.#database.close();
    }
  }

  get #waiting(): number {
    return this.#pending.size + this.#amendments.size;
  }

  async #makeRoom(): Promise<void> {
    while (this.#waiting >= MOST_WAITING && this.#failure === undefined) await this.#queue;
  }

  #schedule(): void {
    if (this.#queued) return;
    if (this.#waiting >= BATCH_ROWS) {
      // A failure is kept and thrown by the next flush or close.
      this.flush().catch(() => {});
    } else {
      this.#timer ??= setTimeout(() => this.flush().catch(() => {}), BATCH_MS);
    }
  }

  async #write(): Promise<void> {
    const pending = [...this.#pending.values()];
    const amendments = this.#amendments;
    const covered = this.#covered;
    const removals = this.#removals;
    this.#removals = new Set();
    this.#pending = new Map();
    this.#amendments = new Map();
    this.#covered = undefined;
    const replaced = pending.filter((sample) => this.#has(sample.id));
    const added = pending.filter((sample) => !this.#has(sample.id));
    if (amendments.size > 0) replaced.push(...(await this.#amendedRows(amendments)));
    if (replaced.length > 0) {
      await this.#table
        .mergeInsert('id')
        .whenMatchedUpdateAll()
        .execute(await toArrow(this.#numbered(replaced)));
    }
    if (removals.size > 0) await this.#removeRows(removals);
    if (added.length > 0) {
      await this.#table.add(await toArrow(this.#numbered(added)));
      for (const sample of added) this.#remember(sample.id);
      this.#rows += added.length;
    }
    this.#unindexed += added.length + replaced.length;
    if (covered) {
      this.#coverage = { ...this.#coverage, position: { ...covered } };
      await writeCoverage(this.#lance, this.#coverage);
    }
    if (this.#indexingDue()) await this.#index();
  }

  #numbered(samples: readonly Sample[]): StoredSample[] {
    return samples.map((sample) => ({ seq: ++this.#seq, sample }));
  }

  async #amendedRows(amendments: ReadonlyMap<string, Amendment>): Promise<Sample[]> {
    const ids = [...amendments.keys()].filter((id) => this.#has(id));
    const rows: Sample[] = [];
    for (let from = 0; from < ids.length; from += 1_000) {
      const list = ids.slice(from, from + 1_000).map((id) => `'${id}'`);
      for await (const batch of this.#table.query().where(`id IN (${list.join(',')})`)) {
        for (const { sample } of samplesOfBatch(batch)) {
          const change = amendments.get(sample.id);
          if (change) rows.push(amended(sample, change));
        }
      }
    }
    return rows;
  }

  /** Readers follow rows that are new; of rows that are gone they learn by another generation, and read all again. */
  async #removeRows(removals: ReadonlySet<string>): Promise<void> {
    const ids = [...removals];
    for (let from = 0; from < ids.length; from += 1_000) {
      const list = ids.slice(from, from + 1_000).map((id) => `'${id}'`);
      await this.#table.delete(`id IN (${list.join(',')})`);
    }
    for (const id of ids) this.#gone.add(id);
    this.#rows -= ids.length;
    this.#coverage = { ...this.#coverage, generation: newGeneration() };
    await writeCoverage(this.#lance, this.#coverage);
  }

  #indexingDue(): boolean {
    const due = Math.max(UNINDEXED_ROWS, this.#rows * UNINDEXED_SHARE);
    if (this.#unindexed < due) return false;
    return performance.now() >= this.#restUntil || this.#unindexed >= Math.max(due, MOST_UNINDEXED);
  }

  async #index(): Promise<void> {
    const began = performance.now();
    if (!(await hasTextIndex(this.#table))) await createIndexes(this.#table);
    await this.#table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
    this.#unindexed = 0;
    const ended = performance.now();
    this.#restUntil = ended + REST * (ended - began);
  }

  #has(id: string): boolean {
    return this.#stored.find(id) >= 0 && !this.#gone.has(id);
  }

  #remember(id: string): void {
    parseId(id, this.#id);
    this.#gone.delete(id);
    if (this.#stored.findWords(this.#id, 0) < 0) this.#stored.add(this.#id);
  }
}

function amended(sample: Sample, change: Amendment): Sample {
  const { reason: _reason, detail: _detail, ...rest } = sample;
  return {
    ...rest,
    state: change.state,
    ...(change.reason === undefined ? {} : { reason: change.reason }),
    ...(change.detail === undefined ? {} : { detail: change.detail }),
  };
}
