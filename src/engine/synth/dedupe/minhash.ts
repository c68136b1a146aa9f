import { words } from './normalise.ts';

/** 64 hashes in 16 bands of 4: a pair of Jaccard 0.75 meets in some band with probability 0.998, one of 0.3 with 0.12. */
const HASHES = 64;
const BANDS = 16;
const ROWS = HASHES / BANDS;

/**
 * Two questions are near-duplicates from this Jaccard index of their words and word pairs on. Reconstruction: "In what
 * year did X open?" / "What year did X open?" are at 0.82, "Who is the mother / the father of X?" at 0.63.
 */
export const NEAR_DUPLICATE = 0.75;

const SEEDS = Uint32Array.from({ length: HASHES }, (_, index) => mix((index + 1) * 0x9e3779b1));

/** Words and word pairs of a question as sorted distinct 32-bit hashes. */
export function features(text: string): Uint32Array {
  const tokens = words(text);
  const hashes = new Set<number>();
  let previous = 0;
  for (const token of tokens) {
    const hash = hashText(token);
    hashes.add(hash);
    if (previous !== 0) hashes.add(mix(previous ^ Math.imul(hash, 0x85ebca6b)));
    previous = hash;
  }
  return Uint32Array.from(hashes).sort();
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
 * MinHash-LSH index over one document's questions. `insert` gives the earlier inserted items that share a band with
 * the new one: candidates, to be verified by `jaccard`. Chains stand in one typed array; bucket collisions only cost a
 * verification.
 */
export class MinHashIndex {
  readonly #heads = new Map<number, number>();
  #next = new Int32Array(1024);
  #entries = 0;
  #items = 0;

  insert(set: Uint32Array): number[] {
    const item = this.#items++;
    const candidates = new Set<number>();
    const signature = minhash(set);
    for (let band = 0; band < BANDS; band++) {
      let key = mix(band + 1);
      for (let row = 0; row < ROWS; row++) key = mix(key ^ (signature[band * ROWS + row] ?? 0));
      const entry = this.#entries++;
      if (entry >= this.#next.length) {
        const larger = new Int32Array(this.#next.length * 2);
        larger.set(this.#next);
        this.#next = larger;
      }
      // Entry e belongs to item floor(e / BANDS): no second array needed.
      let earlier = this.#heads.get(key) ?? -1;
      this.#next[entry] = earlier;
      this.#heads.set(key, entry);
      while (earlier >= 0) {
        candidates.add(Math.floor(earlier / BANDS));
        earlier = this.#next[earlier] ?? -1;
      }
    }
    candidates.delete(item);
    return [...candidates];
  }
}

function minhash(set: Uint32Array): Uint32Array {
  const signature = new Uint32Array(HASHES).fill(0xffffffff);
  for (const feature of set) {
    for (let index = 0; index < HASHES; index++) {
      const hash = mix(feature ^ (SEEDS[index] ?? 0));
      if (hash < (signature[index] ?? 0)) signature[index] = hash;
    }
  }
  return signature;
}

/** FNV-1a over UTF-16 units, then mixed: FNV alone leaves neighbouring words in neighbouring buckets. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash) || 1;
}

/** MurmurHash3's 32-bit finaliser: a bijection with full avalanche, so that every seed gives an unrelated order. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
