import type { RecordBatch, Table } from 'apache-arrow';
import type { Chunk } from '../../../contract/retrieval.ts';
import { textColumn } from '../../arrowText.ts';

/** A chunk with what it was made from and, where there is an embedder, its vector. */
export interface EmbeddedChunk {
  chunk: Chunk;
  documentHash: string;
  vector?: Float32Array;
}

/** Between header and text in `body`, which the full-text index reads whole. */
export const HEADER_END = '\n\n';

/** Header and text, as they are embedded, indexed and shown to a reranker. */
export function bodyOf({ header, text }: Pick<Chunk, 'header' | 'text'>): string {
  return header === '' ? text : `${header}${HEADER_END}${text}`;
}

/** Rows as an Arrow table, columns laid out at once. Either all rows have a vector of one length, or none has. */
export async function chunksToArrow(rows: readonly EmbeddedChunk[]): Promise<Table> {
  const { Field, FixedSizeList, Float32, makeData, makeVector, Schema, Table } = await import('apache-arrow');
  const text = (of: (row: EmbeddedChunk) => string) => textColumn(rows.map(of));
  const integer = (of: (row: EmbeddedChunk) => number) => makeVector(Int32Array.from(rows, of));
  const columns = {
    id: await text(({ chunk }) => chunk.id),
    document: await text(({ chunk }) => chunk.document),
    document_hash: await text(({ documentHash }) => documentHash),
    title: await text(({ chunk }) => chunk.title),
    start: integer(({ chunk }) => chunk.start),
    end: integer(({ chunk }) => chunk.end),
    page: integer(({ chunk }) => chunk.page ?? -1),
    header: await text(({ chunk }) => chunk.header),
    body: await text(({ chunk }) => bodyOf(chunk)),
  };
  const fields = Object.entries(columns).map(([name, column]) => new Field(name, column.type, true));
  const width = rows[0]?.vector?.length;
  if (width === undefined) return new Table(new Schema(fields), columns);
  const values = new Float32Array(rows.length * width);
  for (const [row, { vector }] of rows.entries()) {
    if (vector?.length !== width)
      throw new Error(`chunk ${row} has ${vector?.length ?? 0} numbers instead of ${width}`);
    values.set(vector, row * width);
  }
  const type = new FixedSizeList(width, new Field('item', new Float32(), true));
  const child = makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
  const vector = makeVector(makeData({ type, length: rows.length, nullCount: 0, child }));
  return new Table(new Schema([...fields, new Field('vector', type, true)]), { ...columns, vector });
}

/** The chunk in a row of a batch that has all columns but the vector. */
export function chunkAtRow(batch: RecordBatch, row: number): Chunk {
  const text = (name: string) => String(batch.getChild(name)?.get(row) ?? '');
  const integer = (name: string) => Number(batch.getChild(name)?.get(row) ?? -1);
  const [header, body] = [text('header'), text('body')];
  const page = integer('page');
  return {
    id: text('id'),
    document: text('document'),
    title: text('title'),
    start: integer('start'),
    end: integer('end'),
    ...(page < 0 ? {} : { page }),
    header,
    text: header === '' ? body : body.slice(header.length + HEADER_END.length),
  };
}
