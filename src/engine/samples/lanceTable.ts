import { mkdir, stat } from 'node:fs/promises';
import type { Connection, Table } from '@lancedb/lancedb';
import { sampleSchema } from './sampleRow.ts';
import { loadLance } from './unavailable.ts';
import { LONGEST_WORD, STOP_WORDS } from './words.ts';

export const TABLE = 'samples';

/** Opens the database folder for the job that writes, making it where there is none. @throws StoreUnavailable */
export async function connectLance(lance: string): Promise<Connection> {
  await mkdir(lance, { recursive: true });
  return connection(lance, 16n << 20n, 16n << 20n);
}

/**
 * Opens the database folder for a reader; undefined where there is none yet. LanceDB makes the folder it connects to,
 * and a reader may stand in a folder that nobody trusts. @throws StoreUnavailable
 */
export async function connectLanceToRead(lance: string): Promise<Connection | undefined> {
  await loadLance();
  const found = await stat(lance).catch(() => undefined);
  return found?.isDirectory() ? connection(lance, 256n << 20n, 64n << 20n) : undefined;
}

/** With caches of so many bytes that they fit beside an editor; who writes reads next to nothing twice. */
async function connection(lance: string, indexCache: bigint, metadataCache: bigint): Promise<Connection> {
  const { connect, Session } = await loadLance();
  return connect(lance, { session: new Session(indexCache, metadataCache) });
}

export async function createSampleTable(database: Connection): Promise<Table> {
  return database.createEmptyTable(TABLE, await sampleSchema(), { mode: 'overwrite' });
}

export async function openSampleTable(database: Connection): Promise<Table | undefined> {
  const names = await database.tableNames();
  return names.includes(TABLE) ? database.openTable(TABLE) : undefined;
}

/**
 * Makes the two indexes: full text over `body` without positions (we ask for words, not phrases), and a B-tree over
 * `seq`, by which pages are fetched. Rows added later are found by a scan until `optimize` takes them in.
 */
export async function createIndexes(table: Table): Promise<void> {
  const { Index } = await loadLance();
  await table.createIndex('body', {
    config: Index.fts({
      withPosition: false,
      baseTokenizer: 'simple',
      maxTokenLength: LONGEST_WORD,
      lowercase: true,
      stem: false,
      removeStopWords: true,
      customStopWords: [...STOP_WORDS],
      asciiFolding: true,
    }),
  });
  await table.createIndex('seq', { config: Index.btree() });
}

/** Is there a full-text index? Without one, small tables are scanned. */
export async function hasTextIndex(table: Table): Promise<boolean> {
  return (await table.listIndices()).some((index) => index.columns.includes('body'));
}
