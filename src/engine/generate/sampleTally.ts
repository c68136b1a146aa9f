import type { Sample } from '../../contract/sample.ts';
import type { SampleTotals } from '../samples/sampleTotals.ts';
import type { Amendment } from '../synth/index.ts';

/** Samples whose count is remembered, for amendments: verdicts turn while a document is in progress. */
const REMEMBERED = 200_000;

/** Counts samples by state and reason while they come in and their verdicts turn. */
export class SampleTally {
  readonly totals: SampleTotals;
  readonly #states = new Map<string, string>();

  /** `totals`: what the table holds already. */
  constructor(totals: SampleTotals) {
    this.totals = totals;
  }

  put(samples: readonly Sample[]): void {
    for (const { id, state, reason } of samples) this.#count(id, state === 'accepted' ? '' : (reason ?? 'malformed'));
  }

  amend(amended: readonly Amendment[]): void {
    for (const { id, state, reason } of amended)
      this.#count(id, state === 'accepted' ? '' : (reason ?? 'duplicate'), true);
  }

  /** So many records of failed requests are gone. */
  forgetFailed(many: number): void {
    if (many > 0) this.#add('failed', -many);
  }

  /** Moves a sample to the count of its reason ('' = accepted); the same sample again is not counted twice. */
  #count(id: string, reason: string, amended = false): void {
    // An amendment of a sample from before: verdicts turn between accepted and duplicate only.
    const before = this.#states.get(id) ?? (amended ? (reason === '' ? 'duplicate' : '') : undefined);
    if (before === reason) return;
    if (before !== undefined) this.#add(before, -1);
    this.#add(reason, 1);
    if (before !== undefined) this.#states.delete(id);
    this.#states.set(id, reason);
    if (this.#states.size <= REMEMBERED) return;
    const [oldest] = this.#states.keys();
    if (oldest !== undefined) this.#states.delete(oldest);
  }

  #add(reason: string, by: number): void {
    const { totals } = this;
    if (reason === '') totals.accepted += by;
    else totals.rejected[reason] = (totals.rejected[reason] ?? 0) + by;
    if (totals.rejected[reason] === 0) delete totals.rejected[reason];
  }
}
