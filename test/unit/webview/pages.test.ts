import { describe, expect, it } from 'vitest';
import { makeSamples } from '../../../webview/dev/fixture.ts';
import {
  indexOf,
  missingPages,
  noPages,
  PAGE_ROWS,
  reconcile,
  sampleAt,
  withPage,
} from '../../../webview/samples/state/pages.ts';

const samples = makeSamples(250);
const answer = (revision: number, page: number, from = samples) => ({
  revision,
  total: from.length,
  offset: page * PAGE_ROWS,
  samples: from.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS),
});
const loaded = [0, 1, 2].reduce((pages, page) => withPage(pages, answer(1, page)), noPages);

describe('the loaded parts of a long list', () => {
  it('finds rows by position and positions by id', () => {
    expect(sampleAt(loaded, 249)?.id).toBe(samples[249]?.id);
    expect(sampleAt(loaded, 250)).toBeUndefined();
    expect(indexOf(loaded, samples[130]?.id ?? '')).toBe(130);
  });

  it('asks for the pages that are missing on the screen, and for none behind the end', () => {
    const first = withPage(noPages, answer(1, 0));
    expect(missingPages(first, 90, 140)).toEqual([1]);
    expect(missingPages(first, 90, 9999)).toEqual([1, 2]);
    expect(missingPages(loaded, 0, 9999)).toEqual([]);
    expect(missingPages(noPages, 0, 20)).toEqual([]);
  });

  it('drops an answer that is older than what is shown', () => {
    const newer = withPage(noPages, answer(5, 0));
    expect(withPage(newer, answer(4, 1))).toBe(newer);
  });
});

describe('a newer answer for what is on the screen', () => {
  const more = [...samples, ...makeSamples(10, 9, 1000)];

  it('moves nothing when samples were added behind', () => {
    const next = reconcile(loaded, [answer(2, 1, more)]);
    expect(next.kind).toBe('still');
    expect(next.added).toBe(10);
    expect(next.pages.total).toBe(260);
  });

  it('takes in a changed state without moving', () => {
    const accepted = samples.map((sample) => ({ ...sample, reviewed: true }));
    const next = reconcile(loaded, [answer(2, 0, accepted)]);
    expect(next.kind).toBe('still');
    expect(sampleAt(next.pages, 3)?.reviewed).toBe(true);
  });

  it('never mixes revisions: pages that were not asked for again are dropped', () => {
    expect(sampleAt(reconcile(loaded, [answer(2, 1, more)]).pages, 0)).toBeUndefined();
  });

  it('is recognised as moving rows when samples came in above or went away', () => {
    const above = [...makeSamples(1, 9, 1000), ...samples];
    expect(reconcile(loaded, [answer(2, 1, above)]).kind).toBe('shifted');
    expect(reconcile(loaded, [answer(2, 0, samples.slice(1))]).kind).toBe('shifted');
    expect(reconcile(loaded, [answer(2, 2, samples.slice(0, 210))]).kind).toBe('shifted');
  });

  it('uses only the newest of answers that a change came between', () => {
    const next = reconcile(loaded, [answer(2, 0), answer(3, 1, more)]);
    expect(next.pages.revision).toBe(3);
    expect([...next.pages.pages.keys()]).toEqual([1]);
  });
});
