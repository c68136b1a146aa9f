import { words } from '../synth/dedupe/normalise.ts';

const NGRAM = 8;
/** From this many shared n-grams on (a passage of some thirty words) a text repeats the corpus, however long it is. */
const MANY = 25;
/** Or from this part of its n-grams on, however short it is. */
const SHARE = 0.05;
const HASHES = 6;

/**
 * Does a text repeat the corpus? Word 8-grams of all documents stand in a Bloom filter (16 bits an n-gram: about 0.1 %
 * of foreign n-grams seem known). A text is a repeat where 25 of its n-grams, or 5 % of them, are the corpus's: replay
 * that tells the corpus would count as general text and be the opposite.
 */
export class CorpusOverlap {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** @param characters of all documents together: the filter's size follows */
  constructor(characters: number) {
    const wanted = Math.max(1 << 16, Math.ceil((characters / 5) * 16));
    const bits = Math.min(31, Math.ceil(Math.log2(wanted)));
    this.#bits = new Uint32Array(2 ** (bits - 5));
    this.#mask = 2 ** bits - 1;
  }

  /** Takes in a document of the corpus. */
  add(text: string): void {
    for (const [a, b] of ngrams(text)) {
      for (let index = 0; index < HASHES; index++) {
        const bit = this.#bit(a, b, index);
        this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      }
    }
  }

  repeats(text: string): boolean {
    let known = 0;
    let all = 0;
    for (const [a, b] of ngrams(text)) {
      all += 1;
      if (this.#has(a, b)) known += 1;
      if (known >= MANY) return true;
    }
    return known > 0 && known >= all * SHARE;
  }

  #has(a: number, b: number): boolean {
    for (let index = 0; index < HASHES; index++) {
      const bit = this.#bit(a, b, index);
      if (((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  /** Double hashing (Kirsch and Mitzenmacher 2006). */
  #bit(a: number, b: number, index: number): number {
    return (a + Math.imul(index, b | 1)) & this.#mask;
  }
}

/** Two hashes of every run of eight words; of the whole text where it has fewer. */
function* ngrams(text: string): Generator<[number, number]> {
  const hashes = words(text).map(wordHash);
  const length = Math.min(NGRAM, hashes.length);
  if (length === 0) return;
  for (let from = 0; from + length <= hashes.length; from++) {
    let a = 0x9e3779b9;
    let b = 0x85ebca6b;
    for (let at = from; at < from + length; at++) {
      const word = hashes[at] ?? 0;
      a = Math.imul(a ^ word, 0x01000193) ^ (a >>> 15);
      b = (Math.imul(b, 31) + Math.imul(word, 0xcc9e2d51)) | 0;
      b ^= b >>> 13;
    }
    yield [a, b];
  }
}

function wordHash(word: string): number {
  let hash = 0x811c9dc5; // FNV-1a
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}
