import type { Sample } from '../../../contract/sample.ts';
import type { LeakGate } from '../dedupe/leakGate.ts';
import { OrderedDuplicates } from '../dedupe/orderedDuplicates.ts';
import { ADDITION_ORDER } from '../plan/synthRequest.ts';

export type Amendment = Pick<Sample, 'id' | 'state' | 'reason' | 'detail'>;

/** What was refused or is close to an evaluation question, for a person to look at. */
export interface LeakWarning {
  sample: string;
  document: string;
  benchmark: string;
  kind: 'leak' | 'close';
  detail: string;
}

/**
 * The verdicts over one document's samples: leak gate first, then duplicates by plan order. Taking samples in any order
 * ends in the same verdicts; those that changed on the way are given as amendments.
 */
export class DocumentVerdicts {
  readonly warnings: LeakWarning[] = [];
  readonly #gate: LeakGate;
  readonly #questions = new OrderedDuplicates('near');
  readonly #documents = new OrderedDuplicates('exact');
  readonly #notes = new Map<string, string>();

  constructor(gate: LeakGate) {
    this.#gate = gate;
  }

  /** Duplicates ÷ questions judged: the stop signal of recipe §3.1. Null before the first question. */
  get duplicateRate(): number | null {
    return this.#questions.size === 0 ? null : this.#questions.duplicates / this.#questions.size;
  }

  /** Judges a sample as its parser left it. Taking one twice changes nothing. */
  take(sample: Sample, methodIndex: number): { sample: Sample; amended: Amendment[] } {
    if (sample.state === 'rejected') return { sample, amended: [] };
    const leak = this.#gate.sample(sample);
    if (leak.kind !== 'clear') {
      const { kind, benchmark, detail } = leak;
      this.warnings.push({ sample: sample.id, document: sample.document, benchmark, kind, detail });
    }
    if (leak.kind === 'leak') {
      return { sample: { ...sample, state: 'rejected', reason: 'leak', detail: leak.detail }, amended: [] };
    }
    const note = [sample.detail, leak.kind === 'close' ? leak.detail : undefined].filter((part) => part !== undefined);
    const judged: Sample = note.length === 0 ? sample : { ...sample, detail: note.join(' ') };
    if (judged.detail !== undefined) this.#notes.set(sample.id, judged.detail);

    const group = sample.kind === 'qa' ? this.#questions : this.#documents;
    const text = (sample.kind === 'qa' ? sample.question : sample.text) ?? '';
    const known = group.verdict(sample.id);
    const [own, ...changed] = known === undefined ? group.add(sample.id, rankOf(sample, methodIndex), text) : [known];
    const amended = changed.map((verdict) => this.#amendment(verdict.key, verdict.duplicateOf));
    if (own?.duplicateOf === undefined) return { sample: judged, amended };
    return { sample: { ...judged, ...this.#amendment(sample.id, own.duplicateOf) }, amended };
  }

  #amendment(id: string, duplicateOf: string | undefined): Amendment {
    if (duplicateOf !== undefined) {
      return { id, state: 'rejected', reason: 'duplicate', detail: `Repeats sample ${duplicateOf}.` };
    }
    const note = this.#notes.get(id);
    return { id, state: 'accepted', ...(note === undefined ? {} : { detail: note }) };
  }
}

/** One number that sorts by: plan before additions, method in registry order, request, place in the completion. */
function rankOf(sample: Sample, methodIndex: number): number {
  const [request, place] = sample.order;
  const group = (request >= ADDITION_ORDER ? 64 : 0) + Math.min(methodIndex, 63);
  return (group * 2 ** 31 + request) * 2 ** 12 + Math.min(place, 4095);
}
