/**
 * A table of fixed-size records by 128-bit id in typed arrays: a million entries cost tens of megabytes and no
 * garbage. Records stand in chunks (growing copies nothing), found through one open-addressed hash table.
 */
export class IdTable {
  /** Records added and kept. */
  size = 0;
  readonly #words: number;
  readonly #chunks: Uint32Array[] = [];
  #slots: Uint32Array;

  /**
   * `words`: 32-bit words a record, of which the first four are the id. `expected`: records that will be added soon;
   * growing to a million in one go blocks for tens of milliseconds.
   */
  constructor(words: number, expected = 0) {
    this.#words = words;
    this.#slots = new Uint32Array(slotsFor(expected));
  }

  /** Makes room for so many more records in one go: growing in steps places all that are there each time. */
  expect(more: number): void {
    const slots = slotsFor(this.size + more);
    if (slots > this.#slots.length) this.#resize(slots);
  }

  /** Index of the record with this id (32 hex digits), or -1. */
  find(id: string): number {
    parseId(id, scratch);
    return this.#lookup(scratch, 0);
  }

  /** The same for an id in binary. */
  findWords(words: Uint32Array, at: number): number {
    return this.#lookup(words, at);
  }

  /** Adds a record whose id is not in the table yet and gives its index. */
  add(record: Uint32Array, at = 0): number {
    if ((this.size + 1) * 2 > this.#slots.length) this.#resize(this.#slots.length * 2);
    const index = this.size++;
    const chunk = index >>> CHUNK_BITS;
    let records = this.#chunks[chunk];
    if (!records) {
      records = new Uint32Array(this.#words << CHUNK_BITS);
      this.#chunks[chunk] = records;
    }
    this.#copy(record, at, records, index);
    this.#place(record[at] ?? 0, index);
    return index;
  }

  /** Replaces a record; its id must be the same. */
  replace(index: number, record: Uint32Array, at = 0): void {
    const records = this.#chunks[index >>> CHUNK_BITS];
    if (records) this.#copy(record, at, records, index);
  }

  /** One word of a record. */
  word(index: number, word: number): number {
    return this.#chunks[index >>> CHUNK_BITS]?.[(index & CHUNK_MASK) * this.#words + word] ?? 0;
  }

  /** By hand: `set` of a `subarray` would make an object a record. */
  #copy(from: Uint32Array, at: number, records: Uint32Array, index: number): void {
    const to = (index & CHUNK_MASK) * this.#words;
    for (let word = 0; word < this.#words; word++) records[to + word] = from[at + word] ?? 0;
  }

  #lookup(words: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    const first = words[at] ?? 0;
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const found = (this.#slots[slot] ?? 0) - 1;
      if (found < 0) return -1;
      const records = this.#chunks[found >>> CHUNK_BITS];
      const base = (found & CHUNK_MASK) * this.#words;
      if (
        records &&
        records[base] === first &&
        records[base + 1] === words[at + 1] &&
        records[base + 2] === words[at + 2] &&
        records[base + 3] === words[at + 3]
      ) {
        return found;
      }
    }
  }

  #place(first: number, index: number): void {
    const mask = this.#slots.length - 1;
    let slot = first & mask; // ids are hashes: their bits are as good as any
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }

  #resize(slots: number): void {
    this.#slots = new Uint32Array(slots);
    for (let index = 0; index < this.size; index++) this.#place(this.word(index, 0), index);
  }
}

function slotsFor(records: number): number {
  return 2 ** Math.max(12, Math.ceil(Math.log2(records * 2 + 2)));
}

const CHUNK_BITS = 14;
const CHUNK_MASK = (1 << CHUNK_BITS) - 1;
const scratch = new Uint32Array(4);

const HEX = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit++) HEX['0123456789abcdef'.charCodeAt(digit)] = digit;

/** Writes an id of 32 lower-case hex digits as four words. Throws on anything else. */
export function parseId(id: string, into: Uint32Array, at = 0): void {
  if (id.length !== 32) throw new Error(`not a request id: ${JSON.stringify(id.slice(0, 40))}`);
  for (let word = 0; word < 4; word++) {
    let value = 0;
    for (let digit = word * 8; digit < word * 8 + 8; digit++) {
      const nibble = HEX[id.charCodeAt(digit)] ?? -1;
      if (nibble < 0) throw new Error(`not a request id: ${JSON.stringify(id)}`);
      value = (value << 4) | nibble;
    }
    into[at + word] = value;
  }
}

/** The id of four words as 32 hex digits. */
export function formatId(words: Uint32Array, at = 0): string {
  let id = '';
  for (let word = 0; word < 4; word++) id += (words[at + word] ?? 0).toString(16).padStart(8, '0');
  return id;
}
