import type { DatasetManifest } from '../../contract/dataset.ts';
import type { TrainingRow } from './shards.ts';

type Share = DatasetManifest['held_out'];

/** What the rows of a training set come to, counted as they are written. */
export class RowTally {
  readonly #methods = new Map<string, Share>();
  readonly #documents = new Map<string, Share>();
  /** Rows by their length in tokens: lengths are few, rows may be millions. */
  readonly #lengths = new Map<number, number>();
  #tokens = 0;
  #rows = 0;
  #learned = 0;

  add({ ids, labels, method, document }: TrainingRow): void {
    this.#tokens += ids.length;
    this.#rows += 1;
    if (labels === ids) this.#learned += ids.length;
    else for (const label of labels) if (label !== -100) this.#learned += 1;
    this.#lengths.set(ids.length, (this.#lengths.get(ids.length) ?? 0) + 1);
    if (method !== undefined) count(this.#methods, method, ids.length);
    if (document !== undefined) count(this.#documents, document, ids.length);
  }

  get train(): DatasetManifest['train'] {
    const lengths = this.lengths();
    let below = 0;
    let median = 0;
    for (const [length, rows] of lengths) {
      below += rows;
      median = length;
      if (below * 2 >= this.#rows) break;
    }
    return {
      tokens: this.#tokens,
      rows: this.#rows,
      learned_tokens: this.#learned,
      longest: lengths.at(-1)?.[0] ?? 0,
      median,
    };
  }

  /** Row lengths in tokens with how many rows have each, shortest first. */
  lengths(): [number, number][] {
    return [...this.#lengths].sort(([a], [b]) => a - b);
  }

  byMethod(): Record<string, Share> {
    return sorted(this.#methods);
  }

  byDocument(): Record<string, Share> {
    return sorted(this.#documents);
  }
}

function count(shares: Map<string, Share>, name: string, tokens: number): void {
  const share = shares.get(name);
  if (share) {
    share.tokens += tokens;
    share.rows += 1;
  } else shares.set(name, { tokens, rows: 1 });
}

function sorted(shares: ReadonlyMap<string, Share>): Record<string, Share> {
  return Object.fromEntries([...shares].sort(([a], [b]) => (a < b ? -1 : 1)));
}
