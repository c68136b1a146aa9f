import type { Sample } from '../../contract/sample.ts';
import { type FacetColumns, GONE } from './facetColumns.ts';

/** Samples that the log has and the table has not, or has with an older verdict: a few thousand at most. */
export class LogTail {
  #samples = new Map<number, Sample>();
  #seen: readonly Sample[] = [];

  /** Is this another tail than the one applied? */
  differs(tail: readonly Sample[]): boolean {
    return (
      tail.length !== this.#seen.length ||
      tail.some((sample, index) => {
        const seen = this.#seen[index];
        return seen?.id !== sample.id || seen.state !== sample.state || seen.reason !== sample.reason;
      })
    );
  }

  forget(): void {
    this.#samples = new Map();
    this.#seen = [];
  }

  apply(columns: FacetColumns, tail: readonly Sample[]): void {
    const earlier = this.#samples;
    this.#samples = new Map();
    this.#seen = tail;
    for (const sample of tail) {
      const known = columns.slot(sample.id);
      const slot = columns.setSample(sample, known < 0 ? 0 : (columns.seq[known] ?? 0));
      this.#samples.set(slot, sample);
    }
    for (const slot of earlier.keys()) {
      // Neither in the tail any more nor in the table: the log was cut or read differently.
      if (!this.#samples.has(slot) && columns.seq[slot] === 0) columns.flags[slot] = (columns.flags[slot] ?? 0) | GONE;
    }
  }

  slots(): Iterable<number> {
    return this.#samples.keys();
  }

  sample(slot: number): Sample | undefined {
    return this.#samples.get(slot);
  }
}
