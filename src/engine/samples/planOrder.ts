import { type FacetColumns, GONE } from './facetColumns.ts';
import { TimeSlice } from './timeSlice.ts';

/**
 * Slots of all samples by document, method and plan order. A least-significant-digit radix sort: stable, linear, no
 * comparison, and every pass is a place to let other requests through.
 */
export async function planOrder(columns: FacetColumns): Promise<Uint32Array> {
  const slice = new TimeSlice();
  const live = new Uint32Array(columns.size);
  let count = 0;
  for (let slot = 0; slot < columns.size; slot++) {
    if (((columns.flags[slot] ?? 0) & GONE) === 0) live[count++] = slot;
  }
  let order: Uint32Array = live.subarray(0, count);
  let spare: Uint32Array = new Uint32Array(count);
  const method = ranks(columns.methods.values);
  const document = ranks(columns.documents.values);
  const documentOfSource = Uint32Array.from(columns.documentOfSource, (code) => document[code] ?? 0);
  const { orderIndex, orderRequest, source } = columns;
  const keys: ((slot: number) => number)[] = [
    (slot) => orderIndex[slot] ?? 0,
    (slot) => orderRequest[slot] ?? 0,
    (slot) => method[columns.method[slot] ?? 0] ?? 0,
    (slot) => documentOfSource[source[slot] ?? 0] ?? 0,
  ];
  const chunks = async (work: (at: number) => void) => {
    for (let from = 0; from < count; from += CHUNK) {
      const to = Math.min(from + CHUNK, count);
      for (let at = from; at < to; at++) work(at);
      await slice.turn();
    }
  };
  for (const key of keys) {
    let largest = 0;
    await chunks((at) => {
      const value = key(order[at] ?? 0);
      if (value > largest) largest = value;
    });
    for (let shift = 0; shift < 32 && largest >>> shift > 0; shift += RADIX_BITS) {
      const starts = new Uint32Array(RADIX + 1);
      await chunks((at) => {
        const bucket = ((key(order[at] ?? 0) >>> shift) & (RADIX - 1)) + 1;
        starts[bucket] = (starts[bucket] ?? 0) + 1;
      });
      for (let bucket = 0; bucket < RADIX; bucket++)
        starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
      await chunks((at) => {
        const slot = order[at] ?? 0;
        const bucket = (key(slot) >>> shift) & (RADIX - 1);
        const to = starts[bucket] ?? 0;
        spare[to] = slot;
        starts[bucket] = to + 1;
      });
      [order, spare] = [spare, order];
    }
  }
  return order;
}

/** Rows between two looks at the clock. */
const CHUNK = 1 << 16;
const RADIX_BITS = 11;
const RADIX = 1 << RADIX_BITS;

/** Rank of every value among all, by code point: the order LanceDB sorts a first page by. */
function ranks(values: readonly string[]): Uint32Array {
  const sorted = values.map((value, code) => ({ value, code }));
  sorted.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  const rank = new Uint32Array(values.length);
  for (const [position, { code }] of sorted.entries()) rank[code] = position;
  return rank;
}
