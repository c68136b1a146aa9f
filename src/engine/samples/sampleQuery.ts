import type { SampleFilter } from '../../contract/samplesView.ts';
import { ACCEPTED, type FacetColumns, GONE, key64, REVIEWED, reasonCode, STALE } from './facetColumns.ts';
import { TimeSlice } from './timeSlice.ts';

const SLICE = 1 << 16;

/**
 * Slots that match, in the order given. One pass over the facet columns; `found` holds a 1 for every slot whose text
 * matched, where the filter has words.
 */
export async function matchingSlots(
  columns: FacetColumns,
  order: Uint32Array,
  filter: SampleFilter,
  found: Uint8Array | undefined,
): Promise<Uint32Array> {
  const test = predicate(columns, filter, found);
  const slice = new TimeSlice();
  const matches = new Uint32Array(order.length);
  let count = 0;
  for (let from = 0; from < order.length; from += SLICE) {
    const to = Math.min(from + SLICE, order.length);
    for (let at = from; at < to; at++) {
      const slot = order[at] ?? 0;
      if (test(slot)) matches[count++] = slot;
    }
    await slice.turn();
  }
  return matches.slice(0, count);
}

function predicate(
  columns: FacetColumns,
  filter: SampleFilter,
  found: Uint8Array | undefined,
): (slot: number) => boolean {
  const { flags, shown, method, source, start, end, query, request } = columns;
  const tests: ((slot: number) => boolean)[] = [(slot) => ((flags[slot] ?? 0) & GONE) === 0];
  if (filter.methods) {
    const allowed = allow(columns.methods.values, filter.methods);
    tests.push((slot) => allowed[method[slot] ?? 0] === 1);
  }
  if (filter.documents) {
    const documents = allow(columns.documents.values, filter.documents);
    const allowed = Uint8Array.from(columns.documentOfSource, (code) => documents[code] ?? 0);
    tests.push((slot) => allowed[source[slot] ?? 0] === 1);
  }
  if (filter.state) {
    const accepted = filter.state === 'accepted';
    tests.push((slot) => (shown[slot] === ACCEPTED) === accepted);
  }
  if (filter.reasons) {
    const allowed = new Uint8Array(256);
    for (const reason of filter.reasons) allowed[reasonCode(reason)] = 1;
    tests.push((slot) => allowed[shown[slot] ?? 0] === 1);
  }
  if (filter.reviewed !== undefined) {
    const wanted = filter.reviewed;
    tests.push((slot) => ((flags[slot] ?? 0) & REVIEWED) > 0 === wanted);
  }
  if (filter.stale !== undefined) {
    const wanted = filter.stale;
    tests.push((slot) => ((flags[slot] ?? 0) & STALE) > 0 === wanted);
  }
  if (filter.query !== undefined) tests.push(equals64(query, filter.query));
  if (filter.request !== undefined) tests.push(equals64(request, filter.request));
  if (filter.range) {
    const range = filter.range;
    tests.push((slot) => (start[slot] ?? -1) >= 0 && (start[slot] ?? 0) < range.end && (end[slot] ?? 0) > range.start);
  }
  if (found) tests.push((slot) => found[slot] === 1);
  return (slot) => {
    for (const test of tests) if (!test(slot)) return false;
    return true;
  };
}

function allow(values: readonly string[], wanted: readonly string[]): Uint8Array {
  const set = new Set(wanted);
  return Uint8Array.from(values, (value) => (set.has(value) ? 1 : 0));
}

function equals64(column: Uint32Array, id: string): (slot: number) => boolean {
  const key = new Uint32Array(2);
  key64(id, key, 0);
  const [high, low] = key;
  return (slot) => column[slot * 2] === high && column[slot * 2 + 1] === low;
}
