import type { DocumentPlan } from './documentPlan.ts';

/** A document's plan (or an addition's) with its place: a lower rank is asked first. */
export interface OpenDocument {
  plan: DocumentPlan;
  rank: number;
}

/** Open documents, and those of them that may have a request now, additions and earlier documents first. */
export class OpenDocuments {
  readonly #open = new Map<string, OpenDocument>();
  readonly #ready: OpenDocument[] = [];

  get size(): number {
    return this.#open.size;
  }

  get ready(): number {
    return this.#ready.length;
  }

  /** The one to ask next. */
  get first(): OpenDocument | undefined {
    return this.#ready[0];
  }

  get outstanding(): boolean {
    return [...this.#open.values()].some(({ plan }) => plan.outstanding > 0);
  }

  *plans(): Iterable<DocumentPlan> {
    for (const { plan } of this.#open.values()) yield plan;
  }

  enter(open: OpenDocument): void {
    this.#open.set(open.plan.key, open);
    this.wake(open);
  }

  /** It may have a request again. */
  wake(open: OpenDocument): void {
    if (this.#ready.includes(open)) return;
    const at = this.#ready.findIndex(({ rank }) => rank > open.rank);
    this.#ready.splice(at < 0 ? this.#ready.length : at, 0, open);
  }

  /** The first has none until it is woken. */
  restFirst(): void {
    this.#ready.shift();
  }

  closeFirst(): void {
    const first = this.#ready.shift();
    if (first !== undefined) this.#open.delete(first.plan.key);
  }
}
