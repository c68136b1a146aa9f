import { words } from './normalise.ts';

/**
 * Two questions are near-duplicates from this Jaccard index of their words and word pairs on. Reconstruction: "In what
 * year did X open?" / "What year did X open?" are at 0.82, "Who is the mother / the father of X?" at 0.63.
 */
export const NEAR_DUPLICATE = 0.75;

/** Longer words and pairs first, as they are rarer; the same for all from this many characters on. */
const LONGEST = 31;
const HASH_BITS = 27;

/** Words and word pairs of a question as sorted distinct 32-bit hashes, long ones (that few questions share) first. */
export function features(text: string): Uint32Array {
  return featuresOfWords(words(text)).slice();
}

let scratch = new Uint32Array(1024);

/**
 * The same of a text that is cut into words already; valid until the next call. An array of its own for each question
 * would be most of what a question costs.
 */
export function featuresOfWords(tokens: readonly string[]): Uint32Array {
  if (tokens.length * 2 > scratch.length) scratch = new Uint32Array(tokens.length * 4);
  let count = 0;
  let previous = 0;
  let previousLength = 0;
  for (const token of tokens) {
    const hash = hashText(token);
    scratch[count++] = feature(hash, token.length);
    if (previous !== 0) {
      const pair = mix(previous ^ Math.imul(hash, 0x85ebca6b));
      scratch[count++] = feature(pair, previousLength + 1 + token.length);
    }
    previous = hash;
    previousLength = token.length;
  }
  return sortedDistinct(scratch, count);
}

/** |A ∩ B| / |A ∪ B| of two sorted sets. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) {
      shared++;
      i++;
      j++;
    } else if (left < right) i++;
    else j++;
  }
  const union = a.length + b.length - shared;
  return union === 0 ? 1 : shared / union;
}

/**
 * Index over one document's questions that misses no near-duplicate: two sets at or over the threshold share one of
 * the first `n - ceil(t n) + 1` features of either (prefix filter: Chaudhuri, Ganti & Kaushik, ICDE 2006). `insert`
 * gives the earlier inserted items that do: candidates, to be verified by `isNear`. The prefix holds the longest word
 * pairs, so that few items share one. Chains stand in typed arrays.
 */
export class NearQuestionIndex {
  /** The features of all items, one behind the other, and where each item's begin. */
  #features = new Uint32Array(256);
  #starts = new Uint32Array(33);
  /** Feature → its newest entry. */
  readonly #heads = new Map<number, number>();
  /** Entry → the entry of the same feature before it, and the entry's item. */
  #next = new Int32Array(128);
  #itemOf = new Uint32Array(128);
  #entries = 0;
  /** Item → the last insertion that met it. */
  #metBy = new Uint32Array(32);
  #items = 0;

  insert(set: Uint32Array): number[] {
    const item = this.#items++;
    if (item >= this.#metBy.length) {
      this.#metBy = grown(this.#metBy);
      this.#starts = grown(this.#starts);
    }
    this.#keep(item, set);
    const least = Math.ceil(NEAR_DUPLICATE * set.length);
    const most = Math.floor(set.length / NEAR_DUPLICATE);
    const prefix = Math.min(set.length, set.length - least + 1);
    const candidates: number[] = [];
    for (let at = 0; at < prefix; at++) {
      // Signed, as V8 keeps it without an object of its own.
      const key = (set[at] ?? 0) | 0;
      let earlier = this.#heads.get(key) ?? -1;
      this.#enter(key, earlier, item);
      for (; earlier >= 0; earlier = this.#next[earlier] ?? -1) {
        const other = this.#itemOf[earlier] ?? 0;
        const size = (this.#starts[other + 1] ?? 0) - (this.#starts[other] ?? 0);
        if (size < least || size > most || this.#metBy[other] === item) continue;
        this.#metBy[other] = item;
        candidates.push(other);
      }
    }
    return candidates;
  }

  /** Is the item at or over the threshold with this set? As `jaccard`, without a view of the item's features. */
  isNear(item: number, set: Uint32Array): boolean {
    const features = this.#features;
    let i = this.#starts[item] ?? 0;
    const end = this.#starts[item + 1] ?? 0;
    const all = end - i + set.length;
    if (all === 0) return true;
    // Shared features that make the threshold, a little less for what a quotient rounds.
    const needed = (NEAR_DUPLICATE * all) / (1 + NEAR_DUPLICATE) - 1e-6;
    let shared = 0;
    let j = 0;
    while (i < end && j < set.length) {
      const left = features[i] ?? 0;
      const right = set[j] ?? 0;
      if (left === right) {
        shared++;
        i++;
        j++;
        continue;
      }
      if (left < right) i++;
      else j++;
      if (shared + Math.min(end - i, set.length - j) < needed) return false;
    }
    return shared / (all - shared) >= NEAR_DUPLICATE;
  }

  #keep(item: number, set: Uint32Array): void {
    const start = this.#starts[item] ?? 0;
    while (start + set.length > this.#features.length) this.#features = grown(this.#features);
    this.#features.set(set, start);
    this.#starts[item + 1] = start + set.length;
  }

  #enter(key: number, earlier: number, item: number): void {
    const entry = this.#entries++;
    if (entry >= this.#next.length) {
      const next = new Int32Array(this.#next.length * 2);
      next.set(this.#next);
      this.#next = next;
      this.#itemOf = grown(this.#itemOf);
    }
    this.#next[entry] = earlier;
    this.#itemOf[entry] = item;
    this.#heads.set(key, entry);
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function feature(hash: number, length: number): number {
  return (((LONGEST - Math.min(LONGEST, length)) << HASH_BITS) | (hash >>> (32 - HASH_BITS))) >>> 0;
}

/** By insertion: a question has some twenty features, for which a general sort costs more than all the rest. */
function sortedDistinct(values: Uint32Array, count: number): Uint32Array {
  if (count > 128) return Uint32Array.from(new Set(values.subarray(0, count).sort()));
  let size = 0;
  for (let from = 0; from < count; from++) {
    const value = values[from] ?? 0;
    let at = size;
    while (at > 0 && (values[at - 1] ?? 0) > value) at--;
    if (at > 0 && values[at - 1] === value) continue;
    values.copyWithin(at + 1, at, size);
    values[at] = value;
    size++;
  }
  return values.subarray(0, size);
}

/** FNV-1a over UTF-16 units, then mixed: FNV alone leaves neighbouring words in neighbouring buckets. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash) || 1;
}

/** MurmurHash3's 32-bit finaliser: a bijection with full avalanche. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
