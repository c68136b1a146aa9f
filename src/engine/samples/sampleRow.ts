import type { RecordBatch, Schema, Table } from 'apache-arrow';
import { RejectionReason, SAMPLE_VERSION, type Sample } from '../../contract/sample.ts';
import { textColumn } from '../arrowText.ts';

/**
 * A sample as a row of the `samples` table. `seq` grows with every row written, so that a reader asks for what is
 * newer than the last it saw. The four text fields stand in one column, which full-text search indexes. Nothing is null
 * (Arrow drops the buffers of an all-null column): what is absent is '' or -1.
 */
export interface StoredSample {
  seq: number;
  sample: Sample;
}

/** Between the text fields of `body`: not part of any word, and not in text that a model writes. */
const SEPARATOR = '\u001e';

export async function sampleSchema(): Promise<Schema> {
  const { Bool, Field, Int32, Schema, Uint32, Utf8 } = await import('apache-arrow');
  const text = (name: string) => new Field(name, new Utf8(), true);
  const integer = (name: string) => new Field(name, new Int32(), true);
  return new Schema([
    text('id'),
    new Field('seq', new Uint32(), true),
    text('kind'),
    text('method'),
    text('document'),
    text('document_hash'),
    integer('window'),
    text('reason'),
    text('detail'),
    text('body'),
    text('query'),
    text('query_text'),
    text('strategy'),
    integer('source_start'),
    integer('source_end'),
    text('request'),
    text('model'),
    integer('tokens'),
    integer('order_request'),
    integer('order_index'),
    new Field('toy', new Bool(), true),
  ]);
}

/** Rows as an Arrow table: columns built at once, several times cheaper than row objects. */
export async function toArrow(rows: readonly StoredSample[]): Promise<Table> {
  const { Bool, makeVector, Table, vectorFromArray } = await import('apache-arrow');
  const text = (of: (sample: Sample) => string | undefined) => textColumn(rows.map(({ sample }) => of(sample) ?? ''));
  const integer = (of: (sample: Sample) => number | undefined) =>
    makeVector(Int32Array.from(rows, ({ sample }) => of(sample) ?? -1));
  return new Table(await sampleSchema(), {
    id: await text((sample) => sample.id),
    seq: makeVector(Uint32Array.from(rows, ({ seq }) => seq)),
    kind: await text((sample) => sample.kind),
    method: await text((sample) => sample.method),
    document: await text((sample) => sample.document),
    document_hash: await text((sample) => sample.document_hash),
    window: integer((sample) => sample.window),
    reason: await text((sample) => (sample.state === 'rejected' ? (sample.reason ?? 'malformed') : undefined)),
    detail: await text((sample) => sample.detail),
    body: await text(bodyOf),
    query: await text((sample) => sample.query),
    query_text: await text((sample) => sample.query_text),
    strategy: await text((sample) => sample.strategy),
    source_start: integer((sample) => sample.source?.start),
    source_end: integer((sample) => sample.source?.end),
    request: await text((sample) => sample.request),
    model: await text((sample) => sample.model),
    tokens: integer((sample) => sample.tokens),
    order_request: integer((sample) => sample.order[0]),
    order_index: integer((sample) => sample.order[1]),
    toy: vectorFromArray(
      rows.map(({ sample }) => sample.toy === true),
      new Bool(),
    ),
  });
}

function bodyOf(sample: Sample): string {
  return [sample.question, sample.explanation, sample.answer, sample.text]
    .map((part) => part?.replaceAll(SEPARATOR, ' ') ?? '')
    .join(SEPARATOR);
}

/** Every sample of a batch that has all columns. */
export function samplesOfBatch(batch: RecordBatch): StoredSample[] {
  const column = new Map(batch.schema.fields.map((field, index) => [field.name, batch.getChildAt(index)]));
  const text = (name: string, row: number) => {
    const value: unknown = column.get(name)?.get(row);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const integer = (name: string, row: number) => {
    const value: unknown = column.get(name)?.get(row);
    return typeof value === 'number' && value >= 0 ? value : undefined;
  };
  const read = (row: number): StoredSample => {
    const reason = RejectionReason.safeParse(text('reason', row)).data;
    const [question, explanation, answer, body] = (text('body', row) ?? '').split(SEPARATOR);
    const start = integer('source_start', row);
    const end = integer('source_end', row);
    const sample: Sample = {
      v: SAMPLE_VERSION,
      id: text('id', row) ?? '',
      kind: text('kind', row) === 'document' ? 'document' : 'qa',
      method: text('method', row) ?? '',
      document: text('document', row) ?? '',
      ...present('window', integer('window', row)),
      state: reason === undefined ? 'accepted' : 'rejected',
      ...present('reason', reason),
      ...present('detail', text('detail', row)),
      ...present('question', question || undefined),
      ...present('explanation', explanation || undefined),
      ...present('answer', answer || undefined),
      ...present('text', body || undefined),
      ...present('query', text('query', row)),
      ...present('query_text', text('query_text', row)),
      ...present('strategy', text('strategy', row)),
      ...(start === undefined || end === undefined ? {} : { source: { start, end } }),
      request: text('request', row) ?? '',
      model: text('model', row) ?? '',
      tokens: integer('tokens', row) ?? 0,
      document_hash: text('document_hash', row) ?? '',
      order: [integer('order_request', row) ?? 0, integer('order_index', row) ?? 0],
      ...(column.get('toy')?.get(row) === true ? { toy: true } : {}),
    };
    return { seq: integer('seq', row) ?? 0, sample };
  };
  return Array.from({ length: batch.numRows }, (_, row) => read(row));
}

function present<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  const object: { [key in K]?: V } = {};
  if (value !== undefined) object[key] = value;
  return object;
}
