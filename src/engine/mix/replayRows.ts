import { formatId, IdTable, parseId } from '../llm/idTable.ts';
import { grown } from './candidates.ts';
import { rowsFor } from './selection.ts';

/** Longer texts are cut into pieces of this many tokens, so that a share comes out exact. */
export const REPLAY_PIECE = 2048;

/** A row of replay: a text, or a piece of one. The first piece begins as texts of the student do, the last one ends so. */
export interface ReplayRow {
  /** Number of the text in its source, from 0. */
  text: number;
  /** Place in the token cache. */
  at: number;
  length: number;
  begins: boolean;
  ends: boolean;
  /** Tokens with what begins and ends it. */
  tokens: number;
  /** Hash of the text, for the data set's hash. */
  key: string;
}

/** Texts of a replay source and the rows they are cut into, in typed arrays: some fifty bytes a row, of which there may be millions. */
export class ReplayRows {
  /** Rows, once the texts are cut. */
  size = 0;
  /** Tokens of the texts that are tokenised, with what begins and ends them. */
  tokens = 0;
  readonly #begin: number;
  /** Every text that was seen, also of those that are left out. */
  readonly #keys = new IdTable(4);
  #texts = 0;
  #number = new Uint32Array(1024);
  #key = new Uint32Array(1024);
  #at = new Float64Array(1024);
  #length = new Uint32Array(1024);
  /** Per row its text and where in it the row begins. */
  #textOf = new Uint32Array(0);
  #from = new Uint32Array(0);
  /** Tokens of the first i rows. */
  #cumulative = new Float64Array(1);

  /** @param begin tokens that begin a text; another one ends it */
  constructor(begin: number) {
    this.#begin = begin;
  }

  /** Was a text with this hash (32 hex digits) seen before? From now on it was. */
  seen(key: string): boolean {
    parseId(key, words);
    if (this.#keys.findWords(words, 0) >= 0) return true;
    this.#keys.add(words);
    return false;
  }

  /** Takes the text that was seen last. Gives its place for `tokenised`. */
  take(number: number): number {
    const text = this.#texts++;
    if (text >= this.#number.length) this.#grow(text * 2);
    this.#number[text] = number;
    this.#key[text] = this.#keys.size - 1;
    return text;
  }

  tokenised(text: number, { at, length }: { at: number; length: number }): void {
    this.#at[text] = at;
    this.#length[text] = length;
    this.tokens += this.#begin + length + 1;
  }

  /** Cuts the texts into rows. None is taken afterwards. */
  cut(): void {
    let rows = 0;
    for (let text = 0; text < this.#texts; text++) rows += Math.ceil((this.#length[text] ?? 0) / REPLAY_PIECE);
    this.#textOf = new Uint32Array(rows);
    this.#from = new Uint32Array(rows);
    this.#cumulative = new Float64Array(rows + 1);
    let row = 0;
    for (let text = 0; text < this.#texts; text++) {
      const length = this.#length[text] ?? 0;
      for (let from = 0; from < length; from += REPLAY_PIECE) {
        this.#textOf[row] = text;
        this.#from[row] = from;
        const around = (from === 0 ? this.#begin : 0) + (from + REPLAY_PIECE >= length ? 1 : 0);
        const tokens = Math.min(REPLAY_PIECE, length - from) + around;
        this.#cumulative[row + 1] = (this.#cumulative[row] ?? 0) + tokens;
        row += 1;
      }
    }
    this.size = rows;
  }

  /** How many rows, from the first one on, come closest to so many tokens, and how many they have. */
  closest(tokens: number): { rows: number; tokens: number } {
    const rows = rowsFor({ cumulative: this.#cumulative }, tokens);
    return { rows, tokens: this.#cumulative[rows] ?? 0 };
  }

  row(row: number): ReplayRow {
    const [text, from] = [this.#textOf[row] ?? 0, this.#from[row] ?? 0];
    const whole = this.#length[text] ?? 0;
    const key = this.#key[text] ?? 0;
    for (let word = 0; word < 4; word++) words[word] = this.#keys.word(key, word);
    return {
      text: this.#number[text] ?? 0,
      at: (this.#at[text] ?? 0) + from,
      length: Math.min(REPLAY_PIECE, whole - from),
      begins: from === 0,
      ends: from + REPLAY_PIECE >= whole,
      tokens: (this.#cumulative[row + 1] ?? 0) - (this.#cumulative[row] ?? 0),
      key: formatId(words, 0),
    };
  }

  #grow(texts: number): void {
    this.#number = grown(this.#number, texts);
    this.#key = grown(this.#key, texts);
    this.#at = grown(this.#at, texts);
    this.#length = grown(this.#length, texts);
  }
}

const words = new Uint32Array(4);
