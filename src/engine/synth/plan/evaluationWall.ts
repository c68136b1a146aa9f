import type { LeakGate } from '../dedupe/leakGate.ts';
import type { Draft } from '../types.ts';

/** Inputs that are the document itself: a corpus may hold a question that is also asked in an evaluation. */
const OF_THE_DOCUMENT: ReadonlySet<string> = new Set(['document', 'title', 'metadata', 'region']);

/** Evaluation questions never enter a prompt: whatever a draft puts in beside the document's own words is checked. */
export class EvaluationWall {
  readonly #gate: LeakGate;
  readonly #known = new Map<string, boolean>();

  constructor(gate: LeakGate) {
    this.#gate = gate;
  }

  stops(draft: Draft): boolean {
    if (this.#gate.size === 0) return false;
    if (draft.query !== undefined && this.stopsText(draft.query.text)) return true;
    for (const name in draft.inputs) {
      if (!OF_THE_DOCUMENT.has(name) && this.stopsText(draft.inputs[name] ?? '')) return true;
    }
    return false;
  }

  stopsText(text: string): boolean {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const stops = this.#gate.question(text).kind === 'leak' || this.#gate.text(text).kind === 'leak';
    this.#known.set(text, stops);
    return stops;
  }
}
