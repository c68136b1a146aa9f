import type { Table } from '@lancedb/lancedb';
import type { Sample } from '../../contract/sample.ts';
import type { SampleFilter } from '../../contract/samplesView.ts';
import { isId } from './facetColumns.ts';
import { samplesOfBatch } from './sampleRow.ts';

const AT_ONCE = 500;

/** Rows by their number in the table. Rows that were replaced since are not there. */
export async function samplesBySeq(table: Table, seqs: readonly number[]): Promise<Map<number, Sample>> {
  const found = new Map<number, Sample>();
  for (let from = 0; from < seqs.length; from += AT_ONCE) {
    const list = seqs.slice(from, from + AT_ONCE);
    for await (const batch of table.query().where(`seq IN (${list.join(',')})`)) {
      for (const { seq, sample } of samplesOfBatch(batch)) found.set(seq, sample);
    }
  }
  return found;
}

/** Rows by sample id: a scan of the id column, for the few that another way does not give. */
export async function samplesById(table: Table, ids: readonly string[]): Promise<Map<string, Sample>> {
  const found = new Map<string, Sample>();
  const valid = ids.filter(isId);
  for (let from = 0; from < valid.length; from += AT_ONCE) {
    const list = valid.slice(from, from + AT_ONCE).map((id) => `'${id}'`);
    for await (const batch of table.query().where(`id IN (${list.join(',')})`)) {
      for (const { sample } of samplesOfBatch(batch)) found.set(sample.id, sample);
    }
  }
  return found;
}

/** The filter as SQL where the table alone can answer it; undefined where it takes the facets in memory. */
export function directWhere(filter: SampleFilter): string | undefined {
  const { methods, documents, state, ...rest } = filter;
  if (Object.values(rest).some((value) => value !== undefined)) return undefined;
  const parts: string[] = [];
  if (methods) parts.push(isIn('method', methods));
  if (documents) parts.push(isIn('document', documents));
  if (state) parts.push(state === 'accepted' ? "reason = ''" : "reason <> ''");
  return parts.join(' AND ');
}

/** First rows straight from the table, in plan order, with the number of rows that match. */
export async function directPage(
  table: Table,
  where: string,
  offset: number,
  limit: number,
): Promise<{ total: number; samples: Sample[] }> {
  const query = table
    .query()
    // Sorting narrow rows and then fetching those of the page reads a fraction of what sorting whole rows does.
    .select(['seq', ...PLAN_ORDER])
    .orderBy(PLAN_ORDER.map((columnName) => ({ columnName, ascending: true })))
    .limit(limit)
    .offset(offset);
  if (where !== '') query.where(where);
  const [total, sorted] = await Promise.all([table.countRows(where === '' ? undefined : where), query.toArrow()]);
  const seqs = [...(sorted.getChild('seq') ?? [])].map(Number);
  const rows = await samplesBySeq(table, seqs);
  return { total, samples: seqs.flatMap((seq) => rows.get(seq) ?? []) };
}

const PLAN_ORDER = ['document', 'method', 'order_request', 'order_index'];

function isIn(column: string, values: readonly string[]): string {
  // Names of documents come from disk: quotes are doubled, nothing else is special in a SQL literal.
  return values.length === 0
    ? 'false'
    : `${column} IN (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')})`;
}
