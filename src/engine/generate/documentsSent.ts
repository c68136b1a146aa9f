import type { DerivedRequest } from '../synth/index.ts';

/** Documents whose verdicts the samples thread keeps; one that comes back later is read from the log again. */
const MOST_DOCUMENTS = 512;

type DocumentText = DerivedRequest['document'];

/** What the samples thread knows of documents: whose verdicts it has, and which texts it was sent under which number. */
export class DocumentsSent {
  /** Document id → numbers of its texts (an addition sees a passage of it), most recently used last. */
  readonly #kept = new Map<string, number[]>();
  readonly #keys = new WeakMap<DocumentText, number>();
  readonly #evicted = new Set<string>();
  readonly #fresh: boolean;
  #next = 0;

  /** `fresh`: there are no answers from before this run. */
  constructor(fresh: boolean) {
    this.#fresh = fresh;
  }

  /** An answer of this document is next. `recall`: the answers that the log has of it have to go before. */
  touch(document: string): 'kept' | 'new' | 'recall' {
    const keys = this.#kept.get(document);
    this.#kept.delete(document);
    this.#kept.set(document, keys ?? []);
    if (keys !== undefined) return 'kept';
    return this.#fresh && !this.#evicted.has(document) ? 'new' : 'recall';
  }

  /** The least recently used document, while there are too many. */
  get oneTooMany(): string | undefined {
    if (this.#kept.size <= MOST_DOCUMENTS) return undefined;
    const [oldest] = this.#kept.keys();
    return oldest;
  }

  knows(document: string): boolean {
    return this.#kept.has(document);
  }

  /** Numbers of its texts, none of which is known from now on. */
  forget(document: string): number[] {
    const keys = this.#kept.get(document) ?? [];
    if (this.#kept.delete(document)) this.#evicted.add(document);
    return keys;
  }

  /** The number of a text; `fresh` when the thread has to be sent it. */
  keyOf(text: DocumentText): { key: number; fresh: boolean } {
    const keys = this.#kept.get(text.document.id) ?? [];
    const known = this.#keys.get(text);
    if (known !== undefined && keys.includes(known)) return { key: known, fresh: false };
    const key = this.#next++;
    this.#keys.set(text, key);
    keys.push(key);
    this.#kept.set(text.document.id, keys);
    return { key, fresh: true };
  }
}
