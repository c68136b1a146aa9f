import { featuresOfWords, NearQuestionIndex } from './nearQuestions.ts';
import { hasDigit, words } from './normalise.ts';

/** `near`: normalised text or Jaccard ≥ `NEAR_DUPLICATE` (questions). `exact`: normalised text only (documents). */
export type Likeness = 'near' | 'exact';

interface Entry {
  readonly key: string;
  /** Place in plan order; unique. */
  readonly rank: number;
  /** Like entries, earlier and later ones. */
  readonly like: Entry[];
  duplicateOf: Entry | undefined;
}

export interface Verdict {
  key: string;
  /** Key of the earliest accepted text it repeats; undefined = no duplicate. */
  duplicateOf: string | undefined;
}

/**
 * Duplicates among the texts of one document, by plan order and never by arrival: a text is a duplicate when it is like
 * an *accepted* text before it. Adding a text may therefore turn the verdicts of later ones; `add` returns the new
 * text's verdict first, then every verdict that changed. Any order of arrival ends in the same verdicts.
 */
export class OrderedDuplicates {
  readonly #likeness: Likeness;
  readonly #entries = new Map<string, Entry>();
  readonly #exact = new Map<string, Entry[]>();
  readonly #index = new NearQuestionIndex();
  /** In the order of the index. */
  readonly #indexed: { entry: Entry; numbers: string }[] = [];
  #duplicates = 0;

  constructor(likeness: Likeness) {
    this.#likeness = likeness;
  }

  /** Texts that were judged, and how many of them are duplicates. */
  get size(): number {
    return this.#entries.size;
  }
  get duplicates(): number {
    return this.#duplicates;
  }

  /** The verdict as it stands; undefined when the key was never added. */
  verdict(key: string): Verdict | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : { key, duplicateOf: entry.duplicateOf?.key };
  }

  add(key: string, rank: number, text: string): Verdict[] {
    const entry: Entry = { key, rank, like: [], duplicateOf: undefined };
    entry.like.push(...this.#findLike(entry, text));
    this.#entries.set(key, entry);
    for (const other of entry.like) other.like.push(entry);
    const changed = [entry];
    this.#judge(entry);
    // Only what lies behind a changed verdict can change; nearest in plan order first, so each is judged on settled ground.
    const queue = new Set(later(entry));
    while (queue.size > 0) {
      const next = first(queue);
      queue.delete(next);
      if (!this.#judge(next)) continue;
      changed.push(next);
      for (const other of later(next)) queue.add(other);
    }
    return changed.map((each) => ({ key: each.key, duplicateOf: each.duplicateOf?.key }));
  }

  /** True when acceptance or the text it repeats changed. */
  #judge(entry: Entry): boolean {
    let original: Entry | undefined;
    for (const other of entry.like) {
      if (
        other.rank < entry.rank &&
        other.duplicateOf === undefined &&
        (original === undefined || other.rank < original.rank)
      ) {
        original = other;
      }
    }
    if (original === entry.duplicateOf) return false;
    if (original !== undefined && entry.duplicateOf === undefined) this.#duplicates++;
    if (original === undefined && entry.duplicateOf !== undefined) this.#duplicates--;
    entry.duplicateOf = original;
    return true;
  }

  /** Entries like this text, which is remembered for those that follow. */
  #findLike(entry: Entry, text: string): Entry[] {
    const tokens = words(text);
    const key = tokens.join(' ');
    const same = this.#exact.get(key);
    const found = same === undefined ? [] : [...same];
    if (same === undefined) this.#exact.set(key, [entry]);
    else same.push(entry);
    if (this.#likeness === 'exact') return found;
    const set = featuresOfWords(tokens);
    const numbers = numbersOf(tokens);
    for (const candidate of this.#index.insert(set)) {
      const other = this.#indexed[candidate];
      // "revenue in 2021" and "revenue in 2022" share nearly all words and are two questions.
      if (other === undefined || other.numbers !== numbers || found.includes(other.entry)) continue;
      if (this.#index.isNear(candidate, set)) found.push(other.entry);
    }
    this.#indexed.push({ entry, numbers });
    return found;
  }
}

function numbersOf(tokens: readonly string[]): string {
  return tokens.filter(hasDigit).sort().join(' ');
}

function later(entry: Entry): Entry[] {
  return entry.like.filter((other) => other.rank > entry.rank);
}

function first(entries: Iterable<Entry>): Entry {
  let best: Entry | undefined;
  for (const entry of entries) if (best === undefined || entry.rank < best.rank) best = entry;
  if (best === undefined) throw new Error('first() of nothing');
  return best;
}
