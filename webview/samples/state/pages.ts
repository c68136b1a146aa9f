import type { Sample } from '../../../src/contract/sample.ts';
import type { SamplePage } from '../../../src/contract/samplesView.ts';

/**
 * The loaded parts of a list that can be a million rows long, and how a newer answer is laid into it. A list that
 * somebody reads must not move: new rows at the end are taken in, rows that would shift what is shown are held back
 * until the person asks for them.
 */
export const PAGE_ROWS = 100;
/** Rows in one scrollable stretch: a browser cannot lay out an element of more than 33 million pixels. */
export const STRETCH_ROWS = 50_000;

export interface Pages {
  readonly revision: number;
  /** Matching samples in all. */
  readonly total: number;
  readonly pages: ReadonlyMap<number, readonly Sample[]>;
}

export const noPages: Pages = { revision: -1, total: 0, pages: new Map() };

export function pageOf(index: number): number {
  return Math.floor(index / PAGE_ROWS);
}

export function sampleAt(pages: Pages, index: number): Sample | undefined {
  return pages.pages.get(pageOf(index))?.[index % PAGE_ROWS];
}

/** Position of a sample among the loaded rows. */
export function indexOf(pages: Pages, id: string): number | undefined {
  for (const [page, samples] of pages.pages) {
    const at = samples.findIndex((sample) => sample.id === id);
    if (at >= 0) return page * PAGE_ROWS + at;
  }
  return undefined;
}

/** Pages that positions `first` to `last` need and that are not loaded. */
export function missingPages(pages: Pages, first: number, last: number): number[] {
  const missing: number[] = [];
  const end = Math.min(last, pages.total - 1);
  for (let page = pageOf(Math.max(0, first)); page <= pageOf(Math.max(0, end)); page += 1)
    if (end >= 0 && !pages.pages.has(page)) missing.push(page);
  return missing;
}

/** Lays one answer in. An answer older than what is shown is dropped. */
export function withPage(pages: Pages, answer: SamplePage): Pages {
  if (answer.revision < pages.revision) return pages;
  const next = new Map(pages.pages);
  next.set(pageOf(answer.offset), answer.samples);
  return { revision: answer.revision, total: answer.total, pages: next };
}

export type Reconciled =
  /** Nothing that is shown moves; rows may have been added behind. */
  | { kind: 'still'; pages: Pages; added: number }
  /** Rows were put in or taken out above or among those that are shown. */
  | { kind: 'shifted'; pages: Pages; added: number };

/**
 * Lays newer answers for the visible pages into the list. Pages that were not asked for again are dropped (they are
 * loaded when scrolled to), so the result never mixes revisions.
 * `added`: how many more samples match than before (negative: fewer).
 */
export function reconcile(shown: Pages, answers: readonly SamplePage[]): Reconciled {
  const newest = Math.max(...answers.map((answer) => answer.revision));
  const current = answers.filter((answer) => answer.revision === newest);
  const total = current[0]?.total ?? shown.total;
  const pages = new Map(current.map((answer) => [pageOf(answer.offset), answer.samples] as const));
  const next: Pages = { revision: newest, total, pages };
  const still = current.every((answer) => {
    const before = shown.pages.get(pageOf(answer.offset)) ?? [];
    return before.every((sample, at) => answer.samples[at]?.id === sample.id);
  });
  return { kind: still ? 'still' : 'shifted', pages: next, added: total - shown.total };
}
