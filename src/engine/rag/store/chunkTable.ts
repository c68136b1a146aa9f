import type { Connection, Table } from '@lancedb/lancedb';
import type { Table as ArrowTable, RecordBatch } from 'apache-arrow';
import type { Chunk } from '../../../contract/retrieval.ts';
import { connectLance, connectLanceToRead } from '../../samples/lanceTable.ts';
import { loadLance } from '../../samples/unavailable.ts';
import { chunkAtRow, chunksToArrow, type EmbeddedChunk } from './chunkRow.ts';

/** Up to this many vectors are compared one by one: exact, and fast enough. */
export const EXACT_ROWS = 100_000;
/** Share of an IVF index's partitions (√rows of them) that one query looks into: recall stays near exact search. */
const PROBED_SHARE = 0.25;
const LEAST_PROBED = 20;
/** A reader that opened an older version goes on with it. */
const KEEP_VERSIONS_MS = 600_000;

/** A chunk as a search stage found it: cosine similarity for vectors, BM25 for text. */
export interface Hit {
  id: string;
  score: number;
}

/** What a stage found, best first, with the chunks it read on the way: one call less for those that are shown. */
export interface Found {
  hits: readonly Hit[];
  chunk(id: string): Chunk | undefined;
}

const COLUMNS = ['id', 'document', 'title', 'start', 'end', 'page', 'header', 'body'];

/** The LanceDB table of one (chunking, embedder). @throws StoreUnavailable where LanceDB cannot run */
export class ChunkTable {
  readonly #database: Connection;
  readonly #table: Table;
  #rows: number | undefined;

  private constructor(database: Connection, table: Table) {
    this.#database = database;
    this.#table = table;
  }

  static async openToRead(folder: string, name: string): Promise<ChunkTable | undefined> {
    const database = await connectLanceToRead(folder);
    if (!database) return undefined;
    if ((await database.tableNames()).includes(name)) return new ChunkTable(database, await database.openTable(name));
    database.close();
    return undefined;
  }

  /** For the job that builds: undefined where there is no table yet, since only the first vector says how wide it is. */
  static async openToWrite(folder: string, name: string): Promise<ChunkTable | undefined> {
    const database = await connectLance(folder);
    if ((await database.tableNames()).includes(name)) return new ChunkTable(database, await database.openTable(name));
    database.close();
    return undefined;
  }

  /** Makes the table with its first rows, in the place of one of that name. */
  static async create(folder: string, name: string, rows: readonly EmbeddedChunk[]): Promise<ChunkTable> {
    const database = await connectLance(folder);
    return new ChunkTable(database, await database.createTable(name, await chunksToArrow(rows), { mode: 'overwrite' }));
  }

  static async drop(folder: string, name: string): Promise<void> {
    const database = await connectLance(folder);
    try {
      if ((await database.tableNames()).includes(name)) await database.dropTable(name);
    } finally {
      database.close();
    }
  }

  count(): Promise<number> {
    return this.#table.countRows();
  }

  add(rows: readonly EmbeddedChunk[]): Promise<unknown> {
    return rows.length === 0 ? Promise.resolve() : chunksToArrow(rows).then((arrow) => this.#table.add(arrow));
  }

  /** Per document: the content hash its rows were made from and their ids. */
  async stored(): Promise<Map<string, { hash: string; ids: Set<string> }>> {
    const documents = new Map<string, { hash: string; ids: Set<string> }>();
    for await (const batch of this.#table.query().select(['id', 'document', 'document_hash'])) {
      const [ids, names, hashes] = ['id', 'document', 'document_hash'].map((column) => batch.getChild(column));
      for (let row = 0; row < batch.numRows; row += 1) {
        const [id, document, hash] = [String(ids?.get(row)), String(names?.get(row)), String(hashes?.get(row))];
        const known = documents.get(document);
        if (known) known.ids.add(id);
        else documents.set(document, { hash, ids: new Set([id]) });
      }
    }
    return documents;
  }

  async removeDocuments(documents: readonly string[]): Promise<void> {
    for (let from = 0; from < documents.length; from += 200) {
      await this.#table.delete(
        `document IN (${documents
          .slice(from, from + 200)
          .map(quoted)
          .join(',')})`,
      );
    }
  }

  /**
   * Makes the indexes over all rows anew, so that BM25's statistics are those of the whole corpus: full text over
   * header and text together and over headers alone (lower case, ASCII folding, English stems and stop words; k1 = 1.2,
   * b = 0.75), a B-tree over ids, and for more than `EXACT_ROWS` vectors an IVF index. Versions of the table that no one
   * reads any more are removed.
   */
  async index(vectors: boolean, exactRows = EXACT_ROWS): Promise<void> {
    const { Index } = await loadLance();
    for (const column of ['body', 'header']) {
      await this.#table.createIndex(column, {
        replace: true,
        config: Index.fts({
          withPosition: false,
          baseTokenizer: 'simple',
          language: 'English',
          maxTokenLength: 40,
          lowercase: true,
          stem: true,
          removeStopWords: true,
          asciiFolding: true,
        }),
      });
    }
    await this.#table.createIndex('id', { replace: true, config: Index.btree() });
    if (vectors && (await this.count()) > exactRows) {
      await this.#table.createIndex('vector', { replace: true, config: Index.ivfFlat({ distanceType: 'dot' }) });
    }
    await this.#table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
  }

  /** The nearest chunks by cosine of normalised vectors, best first; exact up to `EXACT_ROWS`. */
  async nearest(vector: Float32Array, limit: number, exactRows = EXACT_ROWS): Promise<Found> {
    this.#rows ??= await this.count();
    const query = this.#table
      .query()
      .nearestTo(vector)
      .distanceType('dot')
      .select([...COLUMNS, '_distance'])
      .limit(limit);
    const partitions = Math.ceil(Math.sqrt(this.#rows));
    const rows =
      this.#rows <= exactRows
        ? await query.bypassVectorIndex().toArrow()
        : await query.nprobes(Math.max(LEAST_PROBED, Math.round(partitions * PROBED_SHARE))).toArrow();
    return foundIn(rows, '_distance', (distance) => 1 - distance);
  }

  /**
   * The best chunks by BM25 of any of the query's words, best first; none where it holds stop words only. Words of the
   * context add the BM25 of the header alone: they name a document ("annual report for fiscal year 2022"), and in the
   * texts they would find every sentence that is written about reports and years.
   */
  async matching({ context = '', text }: { context?: string; text: string }, limit: number): Promise<Found> {
    const { BooleanQuery, MatchQuery, Occur } = await loadLance();
    const clauses = [
      ...(WORD.test(text) ? [new MatchQuery(text, 'body')] : []),
      ...(WORD.test(context) ? [new MatchQuery(context, 'header')] : []),
    ];
    const [only, more] = clauses;
    if (!only) return NOTHING;
    const rows = await this.#table
      .query()
      .fullTextSearch(more ? new BooleanQuery(clauses.map((clause) => [Occur.Should, clause])) : only)
      .select([...COLUMNS, '_score'])
      .limit(limit)
      .toArrow();
    return foundIn(rows, '_score', (score) => score);
  }

  /** The chunks of these ids; ids that are not there are left out. */
  async chunks(ids: Iterable<string>): Promise<Map<string, Chunk>> {
    const wanted = [...ids];
    const found = new Map<string, Chunk>();
    for (let from = 0; from < wanted.length; from += 500) {
      const list = wanted.slice(from, from + 500).map(quoted);
      const rows = this.#table
        .query()
        .where(`id IN (${list.join(',')})`)
        .select(COLUMNS);
      for await (const batch of rows) {
        for (let row = 0; row < batch.numRows; row += 1) {
          const chunk = chunkAtRow(batch, row);
          found.set(chunk.id, chunk);
        }
      }
    }
    return found;
  }

  close(): void {
    this.#table.close();
    this.#database.close();
  }
}

const WORD = /[\p{L}\p{N}]/u;
const NOTHING: Found = { hits: [], chunk: () => undefined };

function foundIn(table: ArrowTable, column: string, score: (value: number) => number): Found {
  const places = new Map<string, { batch: RecordBatch; row: number }>();
  const hits: Hit[] = [];
  for (const batch of table.batches) {
    const [ids, values] = [batch.getChild('id'), batch.getChild(column)];
    for (let row = 0; row < batch.numRows; row += 1) {
      const id = String(ids?.get(row));
      places.set(id, { batch, row });
      hits.push({ id, score: score(Number(values?.get(row))) });
    }
  }
  return {
    hits: hits.sort(byScore),
    chunk: (id) => {
      const place = places.get(id);
      return place && chunkAtRow(place.batch, place.row);
    },
  };
}

/** Best first; equal ones by id, so that the same index gives the same order. */
export function byScore(one: Hit, other: Hit): number {
  return other.score - one.score || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;
