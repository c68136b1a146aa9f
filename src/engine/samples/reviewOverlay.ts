import type { Sample } from '../../contract/sample.ts';
import { type FacetColumns, GONE, key64, REVIEWED } from './facetColumns.ts';
import { shownReason } from './overlay.ts';
import type { ReviewBook, SampleReview } from './reviewBook.ts';
import { sameText, sampleText } from './sampleText.ts';

type Stored = (slots: readonly number[]) => Promise<Map<number, Sample>>;

/**
 * Reviews on the facet columns. A review names a sample by id; where a better parser gave the same text another id, it
 * is found again as the same normalised text of the same request. What matches nothing is an orphan: kept and listed.
 */
export class ReviewOverlay {
  readonly #book: ReviewBook;
  /** Sample id in the reviews → slot, where the ids differ. */
  #aliases = new Map<string, number>();
  #aliasOfSlot = new Map<number, string>();
  #orphans = new Set<string>();
  #edited = new Set<number>();
  #applied = new Set<number>();

  constructor(book: ReviewBook) {
    this.#book = book;
  }

  forget(): void {
    this.#aliases = new Map();
    this.#aliasOfSlot = new Map();
    this.#orphans = new Set();
    this.#edited = new Set();
  }

  /** Lays reviews over `shown` and `flags`; with `samples`, only those. */
  async apply(columns: FacetColumns, stored: Stored, samples?: Iterable<string>): Promise<void> {
    if (!samples) {
      // A review that was undone or left the file leaves no mark.
      for (const slot of this.#applied) this.#mark(columns, slot, undefined);
      this.#applied = new Set();
    }
    const lost: string[] = [];
    for (const id of samples ?? this.#book.samples()) {
      const slot = this.#slot(columns, id);
      if (slot >= 0) {
        this.#mark(columns, slot, this.#book.review(id));
        this.#orphans.delete(id);
      } else if (this.#book.review(id)) lost.push(id);
      else this.#orphans.delete(id);
    }
    await this.#findAgain(columns, stored, lost);
  }

  ofSlot(columns: FacetColumns, slot: number): SampleReview | undefined {
    if (!this.#applied.has(slot)) return undefined;
    const alias = this.#aliasOfSlot.get(slot);
    return this.#book.review(columns.id(slot)) ?? (alias === undefined ? undefined : this.#book.review(alias));
  }

  editedSlots(): Iterable<number> {
    return this.#edited;
  }

  orphans(): SampleReview[] {
    return [...this.#orphans].flatMap((id) => this.#book.review(id) ?? []);
  }

  #slot(columns: FacetColumns, id: string): number {
    const slot = columns.slot(id);
    if (slot >= 0 && ((columns.flags[slot] ?? 0) & GONE) === 0) return slot;
    return this.#aliases.get(id) ?? -1;
  }

  #mark(columns: FacetColumns, slot: number, review: SampleReview | undefined): void {
    columns.shown[slot] = shownReason(columns.base[slot] ?? 0, review);
    const flags = columns.flags[slot] ?? 0;
    columns.flags[slot] = review ? flags | REVIEWED : flags & ~REVIEWED;
    if (review) this.#applied.add(slot);
    if (review?.fields) this.#edited.add(slot);
    else this.#edited.delete(slot);
  }

  async #findAgain(columns: FacetColumns, stored: Stored, lost: readonly string[]): Promise<void> {
    if (lost.length === 0) return;
    const wanted = new Map<number, string[]>();
    const key = new Uint32Array(2);
    for (const id of lost) {
      this.#orphans.add(id);
      key64(this.#book.review(id)?.request, key, 0);
      const ids = wanted.get(key[0] ?? 0);
      if (ids) ids.push(id);
      else wanted.set(key[0] ?? 0, [id]);
    }
    const candidates: number[] = [];
    for (let slot = 0; slot < columns.size; slot++)
      if (wanted.has(columns.request[slot * 2] ?? 0)) candidates.push(slot);
    for (const [slot, sample] of await stored(candidates)) {
      for (const id of wanted.get(columns.request[slot * 2] ?? 0) ?? []) {
        const review = this.#book.review(id);
        if (!review || review.request !== sample.request || !sameText(review.text, sampleText(sample))) continue;
        if (this.#book.review(sample.id)) continue; // its own review counts
        this.#aliases.set(id, slot);
        this.#aliasOfSlot.set(slot, id);
        this.#orphans.delete(id);
        this.#mark(columns, slot, review);
        break;
      }
    }
  }
}
