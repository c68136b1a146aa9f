import { formatId, parseId } from '../llm/idTable.ts';
import { Interner } from '../samples/interner.ts';

/**
 * Every sample that may go into a mixture, column by column in typed arrays: about 70 bytes a sample. Rows are numbered
 * in the order of their ids once `sorted`, so that nothing depends on the order in which they arrived.
 */
export class Candidates {
  size = 0;
  /** Names as they stand in the data set: `document`, or `project: document` for another project's. */
  readonly documents = new Interner();
  readonly methods = new Interner();
  /** Four words a sample. */
  id = new Uint32Array(4 * 1024);
  /** Hash of the rendered text, four words a sample. */
  text = new Uint32Array(4 * 1024);
  part = new Uint8Array(1024);
  document = new Uint32Array(1024);
  method = new Uint16Array(1024);
  /** Place, length and prompt in the token cache. */
  at = new Float64Array(1024);
  length = new Uint32Array(1024);
  prompt = new Uint32Array(1024);
  toy = 0;
  /** Who wrote the samples. */
  readonly models = new Set<string>();
  readonly #around: readonly number[];

  /** @param around per part, tokens that a row has beside its text: what begins it, and the one that ends it */
  constructor(around: readonly number[]) {
    this.#around = around;
  }

  /** Enters a sample whose tokens are set later with `tokens`. Gives its row. */
  add(id: string, part: number, document: string, method: string): number {
    const row = this.size++;
    if (row >= this.part.length) this.#grow(this.part.length * 2);
    parseId(id, this.id, row * 4);
    this.part[row] = part;
    this.document[row] = this.documents.code(document);
    this.method[row] = this.methods.code(method);
    return row;
  }

  tokens(row: number, entry: { at: number; length: number; prompt: number }): void {
    this.at[row] = entry.at;
    this.length[row] = entry.length;
    this.prompt[row] = entry.prompt;
  }

  /** Tokens of the row as it is written. */
  rowTokens(row: number): number {
    return (this.length[row] ?? 0) + (this.#around[this.part[row] ?? 0] ?? 1);
  }

  idOf(row: number): string {
    return formatId(this.id, row * 4);
  }

  /** Names of the documents, by their code. In alphabetical order once sealed. */
  documentNames: readonly string[] = [];

  /** Rows by id, each id once. From here on document codes go by name: nothing is left of the order of arrival. */
  seal(): Uint32Array {
    const { id } = this;
    const names = [...this.documents.values].sort();
    const rank = new Map(names.map((name, at) => [name, at]));
    const codes = Uint32Array.from(this.documents.values, (name) => rank.get(name) ?? 0);
    for (let row = 0; row < this.size; row++) this.document[row] = codes[this.document[row] ?? 0] ?? 0;
    this.documentNames = names;
    const rows = Uint32Array.from({ length: this.size }, (_, row) => row);
    rows.sort((a, b) => {
      for (let word = 0; word < 4; word++) {
        const difference = (id[a * 4 + word] ?? 0) - (id[b * 4 + word] ?? 0);
        if (difference !== 0) return difference;
      }
      return a - b;
    });
    let kept = 0;
    for (const row of rows) {
      const before = rows[kept - 1];
      if (kept > 0 && before !== undefined && this.#same(before, row)) continue;
      rows[kept++] = row;
    }
    return rows.slice(0, kept);
  }

  #same(a: number, b: number): boolean {
    for (let word = 0; word < 4; word++) if (this.id[a * 4 + word] !== this.id[b * 4 + word]) return false;
    return true;
  }

  #grow(rows: number): void {
    this.id = grown(this.id, rows * 4);
    this.text = grown(this.text, rows * 4);
    this.part = grown(this.part, rows);
    this.document = grown(this.document, rows);
    this.method = grown(this.method, rows);
    this.at = grown(this.at, rows);
    this.length = grown(this.length, rows);
    this.prompt = grown(this.prompt, rows);
  }
}

/** The array with room for more. */
export function grown<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: A, length: number): A {
  const larger = new (array.constructor as new (length: number) => A)(length);
  larger.set(array);
  return larger;
}
