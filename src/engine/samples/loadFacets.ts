import type { Table } from '@lancedb/lancedb';
import type { RecordBatch } from 'apache-arrow';
import { ACCEPTED, type FacetColumns, key64, reasonCode } from './facetColumns.ts';
import { Interner } from './interner.ts';
import { TimeSlice } from './timeSlice.ts';

const COLUMNS = [
  'id',
  'seq',
  'kind',
  'method',
  'document',
  'document_hash',
  'reason',
  'query',
  'request',
  'tokens',
  'order_request',
  'order_index',
  'source_start',
  'source_end',
];

/**
 * Reads the facets of the rows newer than `after` in slices and gives the slots they went to and the newest `seq`.
 * Strings are read as bytes where they stand in Arrow's buffers: no garbage for a million rows.
 */
export async function loadFacets(
  table: Table,
  columns: FacetColumns,
  after: number,
): Promise<{ slots: number[]; newest: number }> {
  const slice = new TimeSlice();
  const slots: number[] = [];
  let newest = after;
  const query = table.query().select(COLUMNS);
  if (after > 0) query.where(`seq > ${after}`);
  for await (const batch of query) {
    newest = Math.max(newest, ingest(batch, columns, after > 0 ? slots : undefined));
    await slice.turn();
  }
  return { slots, newest };
}

const reasons = new Interner();
const kinds = new Interner();
const QA = kinds.code('qa');
const words = new Uint32Array(4);

function ingest(batch: RecordBatch, columns: FacetColumns, slots: number[] | undefined): number {
  const id = texts(batch, 'id');
  const method = texts(batch, 'method');
  const document = texts(batch, 'document');
  const hash = texts(batch, 'document_hash');
  const reason = texts(batch, 'reason');
  const kind = texts(batch, 'kind');
  const query = texts(batch, 'query');
  const request = texts(batch, 'request');
  const seq = numbers(batch, 'seq');
  const tokens = numbers(batch, 'tokens');
  const orderRequest = numbers(batch, 'order_request');
  const orderIndex = numbers(batch, 'order_index');
  const start = numbers(batch, 'source_start');
  const end = numbers(batch, 'source_end');
  const source = sources(columns);
  let newest = 0;
  for (let row = 0; row < batch.numRows; row++) {
    if (!hexWords(id.bytes, id.from(row), id.to(row), words)) continue;
    const of = seq[row] ?? 0;
    const reasonText =
      reason.from(row) === reason.to(row) ? -1 : reasons.codeOfBytes(reason.bytes, reason.from(row), reason.to(row));
    const slot = columns.set(words, 0, {
      seq: of,
      kind: kinds.codeOfBytes(kind.bytes, kind.from(row), kind.to(row)) === QA ? 'qa' : 'document',
      method: columns.methods.codeOfBytes(method.bytes, method.from(row), method.to(row)),
      source: source(document, hash, row),
      base: reasonText < 0 ? ACCEPTED : reasonCode(reasons.values[reasonText]),
      tokens: tokens[row] ?? 0,
      orderRequest: orderRequest[row] ?? 0,
      orderIndex: orderIndex[row] ?? 0,
      start: start[row] ?? -1,
      end: end[row] ?? -1,
    });
    setKey(query, row, columns.query, slot);
    setKey(request, row, columns.request, slot);
    newest = Math.max(newest, of);
    slots?.push(slot);
  }
  return newest;
}

/** Neighbouring rows mostly come from one document: only a change is looked up. */
function sources(columns: FacetColumns): (document: Texts, hash: Texts, row: number) => number {
  const documents = new Interner();
  const hashes = new Interner();
  let lastDocument = -1;
  let lastHash = -1;
  let last = -1;
  return (document, hash, row) => {
    const documentCode = documents.codeOfBytes(document.bytes, document.from(row), document.to(row));
    const hashCode = hashes.codeOfBytes(hash.bytes, hash.from(row), hash.to(row));
    if (documentCode !== lastDocument || hashCode !== lastHash) {
      last = columns.sourceCode(documents.values[documentCode] ?? '', hashes.values[hashCode] ?? '');
      lastDocument = documentCode;
      lastHash = hashCode;
    }
    return last;
  };
}

interface Texts {
  bytes: Uint8Array;
  from(row: number): number;
  to(row: number): number;
}

function texts(batch: RecordBatch, name: string): Texts {
  const data = batch.getChild(name)?.data[0];
  const bytes: unknown = data?.values;
  const offsets: unknown = data?.valueOffsets;
  if (!(bytes instanceof Uint8Array) || !(offsets instanceof Int32Array)) {
    // An all-null column may come without buffers.
    return { bytes: new Uint8Array(0), from: () => 0, to: () => 0 };
  }
  return { bytes, from: (row) => offsets[row] ?? 0, to: (row) => offsets[row + 1] ?? 0 };
}

function numbers(batch: RecordBatch, name: string): ArrayLike<number> {
  const values: unknown = batch.getChild(name)?.data[0]?.values;
  return values instanceof Int32Array || values instanceof Uint32Array ? values : new Int32Array(0);
}

const keyed = new Uint32Array(4);

/** 64 bits of a query's or request's id; of the hash of an id that is not hexadecimal. */
function setKey(column: Texts, row: number, into: Uint32Array, slot: number): void {
  const from = column.from(row);
  const to = column.to(row);
  if (from === to) keyed.fill(0);
  else if (!hexWords(column.bytes, from, to, keyed)) {
    key64(new TextDecoder().decode(column.bytes.subarray(from, to)), keyed, 0);
  }
  into[slot * 2] = keyed[0] ?? 0;
  into[slot * 2 + 1] = keyed[1] ?? 0;
}

/** Reads 32 hex digits as four words; false where they are none. */
function hexWords(bytes: Uint8Array, from: number, to: number, into: Uint32Array): boolean {
  if (to - from !== 32) return false;
  for (let word = 0; word < 4; word++) {
    let value = 0;
    for (let at = from + word * 8; at < from + word * 8 + 8; at++) {
      const byte = bytes[at] ?? 0;
      const digit = byte >= 48 && byte <= 57 ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : -1;
      if (digit < 0) return false;
      value = (value << 4) | digit;
    }
    into[word] = value;
  }
  return true;
}
