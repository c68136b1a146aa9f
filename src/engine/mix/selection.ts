/** What is chosen from: rows with a part, a document and tokens. Pure numbers, so that a million cost a second. */
export interface Pool {
  /** Rows in an order that depends on nothing but their ids. */
  rows: Uint32Array;
  /** Four words of the id of row r from `4 r` on. */
  id: Uint32Array;
  part: Uint8Array;
  document: Uint32Array;
  /** Tokens of a row with its end-of-text token. */
  tokens(row: number): number;
}

/** The order in which a part gives its rows, with the tokens it has given after each. */
export interface PartOrder {
  rows: Uint32Array;
  /** `cumulative[i]`: tokens of the first i rows. */
  cumulative: Float64Array;
}

/** A uniform number in [0, 1) that belongs to a sample and a salt, whatever else there is. */
export function draw(id: Uint32Array, at: number, salt: number): number {
  let h = salt | 0;
  for (let word = 0; word < 4; word++) {
    // MurmurHash3's mixing (Appleby, public domain).
    let k = Math.imul(id[at + word] ?? 0, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

const HELD_OUT_SALT = 0x5e1d0;

/**
 * Which rows are held out: a share of each part by a hash of the sample's id alone, so that a sample stays on its side
 * in every budget, mixture and seed. A part of two rows or more gives at least one, else its loss would say nothing.
 */
export function heldOut(pool: Pool, parts: number, share: number): { train: Uint32Array; held: Uint32Array } {
  const train: number[] = [];
  const held: number[] = [];
  const counts = new Uint32Array(parts);
  const kept = new Uint32Array(parts);
  const lowest: { row: number; value: number }[] = Array.from({ length: parts }, () => ({ row: -1, value: 2 }));
  for (const row of pool.rows) {
    const part = pool.part[row] ?? 0;
    const value = draw(pool.id, row * 4, HELD_OUT_SALT);
    counts[part] = (counts[part] ?? 0) + 1;
    if (value < share) kept[part] = (kept[part] ?? 0) + 1;
    const least = lowest[part];
    if (least && value < least.value) lowest[part] = { row, value };
  }
  const extra = new Set(
    lowest.flatMap(({ row }, part) => (share > 0 && kept[part] === 0 && (counts[part] ?? 0) > 1 ? [row] : [])),
  );
  for (const row of pool.rows) {
    if (draw(pool.id, row * 4, HELD_OUT_SALT) < share || extra.has(row)) held.push(row);
    else train.push(row);
  }
  return { train: Uint32Array.from(train), held: Uint32Array.from(held) };
}

/**
 * The order of one part. Rows of a document come in a seeded order; documents take turns so that after every row each
 * has had its share of the tokens to within one row (weighted fair queueing: next is the document whose row would end
 * earliest in its own time). A document with no rows left leaves its share to the others. Because the order does not
 * depend on the budget, a smaller budget is a prefix of a larger one.
 *
 * @param shares share of each document code, summing to about 1
 */
export function orderPart(pool: Pool, rows: Uint32Array, shares: Float64Array, salt: number): PartOrder {
  const rank = new Float64Array(rows.length);
  for (const [at, row] of rows.entries()) rank[at] = draw(pool.id, row * 4, salt);
  const places = Uint32Array.from({ length: rows.length }, (_, at) => at);
  const documentAt = (at: number) => pool.document[rows[at] ?? 0] ?? 0;
  places.sort((a, b) => documentAt(a) - documentAt(b) || (rank[a] ?? 0) - (rank[b] ?? 0) || a - b);

  const queues: Queue[] = [];
  for (const [index, place] of places.entries()) {
    const last = queues.at(-1);
    const document = documentAt(place);
    if (last?.document === document) last.end = index + 1;
    else queues.push({ document, next: index, end: index + 1, taken: 0, due: 0, tie: queues.length });
  }
  const rowAt = (queue: Queue) => rows[places[queue.next] ?? 0] ?? 0;
  const schedule = (queue: Queue) => {
    const share = shares[queue.document] || Number.MIN_VALUE;
    queue.due = (queue.taken + pool.tokens(rowAt(queue))) / share;
  };
  const heap = new Heap<Queue>((a, b) => a.due - b.due || a.tie - b.tie);
  for (const queue of queues) {
    schedule(queue);
    heap.push(queue);
  }
  const ordered = new Uint32Array(rows.length);
  const cumulative = new Float64Array(rows.length + 1);
  for (let count = 0; count < rows.length; count++) {
    const queue = heap.pop();
    if (!queue) break;
    const row = rowAt(queue);
    const tokens = pool.tokens(row);
    ordered[count] = row;
    cumulative[count + 1] = (cumulative[count] ?? 0) + tokens;
    queue.taken += tokens;
    queue.next += 1;
    if (queue.next < queue.end) {
      schedule(queue);
      heap.push(queue);
    }
  }
  return { rows: ordered, cumulative };
}

interface Queue {
  document: number;
  next: number;
  end: number;
  /** Tokens given so far. */
  taken: number;
  /** The document's own time at which its next row would end. */
  due: number;
  tie: number;
}

/** How many rows come closest to a number of tokens: never further off than half of the next row. */
export function rowsFor({ cumulative }: Pick<PartOrder, 'cumulative'>, tokens: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((cumulative[middle] ?? 0) <= tokens) low = middle;
    else high = middle - 1;
  }
  const [below, above] = [cumulative[low] ?? 0, cumulative[low + 1]];
  return above !== undefined && above - tokens < tokens - below ? low + 1 : low;
}

/**
 * A document's share: the floor's part of an equal split, the rest by length (recipe §4.1).
 * @param length tokens of each document code; only those in `present` take part
 */
export function documentShares(length: Float64Array, present: Iterable<number>, floor: number): Float64Array {
  const documents = [...new Set(present)];
  const total = documents.reduce((sum, document) => sum + (length[document] ?? 0), 0);
  const shares = new Float64Array(length.length);
  for (const document of documents) {
    const byLength = total > 0 ? (length[document] ?? 0) / total : 1 / documents.length;
    shares[document] = floor / documents.length + (1 - floor) * byLength;
  }
  return shares;
}

/** Fisher and Yates, in place. */
export function shuffle(rows: Uint32Array, random: () => number): Uint32Array {
  for (let last = rows.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const row = rows[last] ?? 0;
    rows[last] = rows[other] ?? 0;
    rows[other] = row;
  }
  return rows;
}

class Heap<T> {
  readonly #values: T[] = [];
  readonly #before: (a: T, b: T) => number;

  constructor(before: (a: T, b: T) => number) {
    this.#before = before;
  }

  push(value: T): void {
    const values = this.#values;
    let at = values.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = values[parent];
      if (above === undefined || this.#before(above, value) <= 0) break;
      values[at] = above;
      at = parent;
    }
    values[at] = value;
  }

  pop(): T | undefined {
    const values = this.#values;
    const [top] = values;
    const last = values.pop();
    if (top === undefined || last === undefined || values.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [values[child], values[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && this.#before(right, left) < 0) child += 1;
      const smaller = values[child];
      if (smaller === undefined || this.#before(last, smaller) <= 0) break;
      values[at] = smaller;
      at = child;
    }
    values[at] = last;
    return top;
  }
}
