import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/contract/sample.ts';
import { SampleCounts, type SampleFilter } from '../../../src/contract/samplesView.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import type { LanceSampleReader, ReaderOptions } from '../../../src/engine/samples/index.ts';
import { openSampleReader, openSampleWriter, ReviewBook, readCoverage } from '../../../src/engine/samples/index.ts';
import { sample, temporaryFolder } from './sampleFixtures.ts';

const open: LanceSampleReader[] = [];
async function reader(folder: string, options: Partial<ReaderOptions> = {}): Promise<LanceSampleReader> {
  const reviews = options.reviews ?? (await ReviewBook.open(join(folder, 'reviews.jsonl')));
  const opened = await openSampleReader({ lance: join(folder, 'lance'), reviews, ...options });
  open.push(opened);
  await opened.whenReady();
  return opened;
}
const writer = (folder: string) => openSampleWriter({ lance: join(folder, 'lance') });
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

describe('a sample in the table', () => {
  it('comes back as it was put, every field of it', async () => {
    const folder = temporaryFolder();
    const qa = sample(1, { detail: 'kept: close to an evaluation question', source: { start: 3, end: 40 } });
    const rewrite = sample(2, {
      kind: 'document',
      method: 'focal_rewriting',
      query: qa.id,
      query_text: qa.question ?? '',
      strategy: 'Write a letter.',
      text: 'Dear harbour,\n\nyou silted up. “Twice”, they say 😀.',
      toy: true,
    });
    const { window: _window, ...whole } = sample(3, { state: 'rejected', reason: 'truncated', detail: 'Cut off.' });
    const table = await writer(folder);
    table.put([qa, rewrite, whole]);
    await table.close();
    const samples = await reader(folder);
    expect(await samples.get(qa.id)).toEqual(qa);
    expect(await samples.get(rewrite.id)).toEqual(rewrite);
    expect(await samples.get(whole.id)).toEqual(whole);
    expect(await samples.get('0'.repeat(32))).toBeUndefined();
  });

  it('is replaced by one with the same id, and takes a later verdict', async () => {
    const folder = temporaryFolder();
    const table = await writer(folder);
    table.put([sample(1), sample(2), sample(3)]);
    await table.flush();
    table.put([sample(1, { answer: 'It is one.' })]);
    table.amend([{ id: sample(2).id, state: 'rejected', reason: 'duplicate', detail: 'Repeats 1.' }]);
    await table.flush();
    table.amend([{ id: sample(3).id, state: 'rejected', reason: 'duplicate' }]);
    table.put([sample(3)]);
    await table.close();
    const samples = await reader(folder);
    expect((await samples.page({}, 0, 10)).total).toBe(3);
    expect((await samples.get(sample(1).id))?.answer).toBe('It is one.');
    expect(await samples.get(sample(2).id)).toMatchObject({
      state: 'rejected',
      reason: 'duplicate',
      detail: 'Repeats 1.',
      question: 'What is number 2?',
    });
    expect((await samples.get(sample(3).id))?.state).toBe('accepted');
  });

  it('is gone for readers too once it was removed, whether it was written already or not', async () => {
    const folder = temporaryFolder();
    const table = await writer(folder);
    table.put([sample(1), sample(2), sample(3)]);
    await table.flush();
    const samples = await reader(folder);
    expect((await samples.counts()).total).toBe(3);
    table.put([sample(4), sample(5)]);
    expect(table.remove([sample(2).id, sample(4).id, sample(9).id])).toBe(2);
    await table.flush();
    await samples.refresh();
    expect((await samples.counts()).total).toBe(3);
    expect(await samples.get(sample(2).id)).toBeUndefined();
    expect(await samples.get(sample(4).id)).toBeUndefined();
    expect(table.remove([sample(2).id])).toBe(0);
    table.put([sample(2)]);
    await table.flush();
    table.remove([sample(2).id]);
    table.put([sample(2)]);
    await table.close();
    await samples.refresh();
    expect((await samples.counts()).total).toBe(4);
    expect(await samples.get(sample(2).id)).toBeDefined();
  });

  it('is made anew with its table where that was made on another basis', async () => {
    const folder = temporaryFolder();
    const on = (basis: string) => openSampleWriter({ lance: join(folder, 'lance'), basis });
    const first = await on('parser 1, no questions');
    first.put([sample(1)]);
    first.covered({ 'shard-1': 1 });
    await first.close();
    const same = await on('parser 1, no questions');
    expect(same.position).toEqual({ 'shard-1': 1 });
    await same.close();
    const other = await on('parser 1, one question');
    expect(other.position).toBeNull();
    await other.close();
    expect((await (await reader(folder)).counts()).total).toBe(0);
  });

  it('finds its way into the table however fast samples are put, a bounded number of them waiting', async () => {
    const folder = temporaryFolder();
    const table = await writer(folder);
    const [puts, rows] = [150, 200];
    let waited = 0;
    for (let put = 0; put < puts; put++) {
      table.put(Array.from({ length: rows }, (_, at) => sample(put * rows + at)));
      const room = table.room();
      if (room === undefined) continue;
      waited++;
      await room;
      expect(table.room()).toBeUndefined();
    }
    expect(waited).toBeGreaterThan(1);
    await table.close();
    const samples = await reader(folder);
    expect((await samples.page({}, 0, 10)).total).toBe(puts * rows);
  });

  it('is replaced across two jobs as well', async () => {
    const folder = temporaryFolder();
    const first = await writer(folder);
    first.put([sample(1), sample(2)]);
    first.covered({ 'shard-1': 2 });
    await first.close();
    const second = await writer(folder);
    expect(second.position).toEqual({ 'shard-1': 2 });
    second.put([sample(2, { answer: 'It is two.' }), sample(3)]);
    await second.close();
    const samples = await reader(folder);
    expect((await samples.page({}, 0, 10)).total).toBe(3);
    expect((await samples.get(sample(2).id))?.answer).toBe('It is two.');
  });
});

describe('the table and the log', () => {
  it('has covered nothing when it is new, and all again when its coverage is lost', async () => {
    const folder = temporaryFolder();
    const table = await writer(folder);
    expect(table.position).toBeNull();
    table.put([sample(1)]);
    table.covered({ 'shard-1': 7 });
    await table.close();
    expect((await readCoverage(join(folder, 'lance')))?.position).toEqual({ 'shard-1': 7 });
    rmSync(join(folder, 'lance', 'coverage.json'));
    expect((await (await reader(folder)).page({}, 0, 1)).total).toBe(0);
    const again = await writer(folder);
    expect(again.position).toBeNull();
    await again.close();
  });

  it('is followed by a reader while a job writes', async () => {
    const folder = temporaryFolder();
    const samples = await reader(folder);
    expect((await samples.page({}, 0, 10)).total).toBe(0);
    const revisions: number[] = [];
    samples.onChange((revision) => revisions.push(revision));
    const table = await writer(folder);
    for (const number of [1, 2, 3]) {
      table.put([sample(number)]);
      await table.flush();
      await samples.refresh();
      expect((await samples.page({}, 0, 10)).total).toBe(number);
    }
    expect(await samples.refresh()).toBe(false);
    await table.close();
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  it('is followed when it is made anew', async () => {
    const folder = temporaryFolder();
    const first = await writer(folder);
    first.put([sample(1), sample(2), sample(3)]);
    await first.close();
    const samples = await reader(folder);
    const fresh = await openSampleWriter({ lance: join(folder, 'lance'), fresh: true });
    fresh.put([sample(9)]);
    await fresh.close();
    await samples.refresh();
    const page = await samples.page({}, 0, 10);
    expect(page.samples.map(({ id }) => id)).toEqual([sample(9).id]);
  });

  it('shows what only the log has, or has with another verdict, until the table has it too', async () => {
    const folder = temporaryFolder();
    const table = await writer(folder);
    table.put([sample(1), sample(2)]);
    await table.flush();
    let tail = [sample(2, { state: 'rejected', reason: 'duplicate' }), sample(3)];
    const samples = await reader(folder, { tail: async () => tail });
    expect(await samples.counts()).toMatchObject({ total: 3, accepted: 2, reasons: { duplicate: 1 } });
    expect((await samples.page({ text: 'number 3' }, 0, 10)).samples.map(({ id }) => id)).toEqual([sample(3).id]);
    table.put(tail);
    await table.close();
    tail = [];
    await samples.refresh();
    expect(await samples.counts()).toMatchObject({ total: 3, accepted: 2, reasons: { duplicate: 1 } });
  });
});

describe('a list of 20,000 samples', () => {
  const folder = temporaryFolder();
  const methods = ['qa', 'active_reading', 'focal_rewriting'] as const;
  const all = Array.from({ length: 20_000 }, (_, number) => {
    const method = methods[number % 3] ?? 'qa';
    const kind = method === 'qa' ? 'qa' : 'document';
    // Written in an order that is not the plan's.
    const place = (number * 7919) % 20_000;
    return sample(number, {
      kind,
      method,
      document: `docs/file-${place % 40}.md`,
      order: [Math.floor(place / 40), number % 5],
      source: { start: place, end: place + 100 },
      document_hash: contentHash(`text of ${place % 40}`),
      ...(kind === 'qa'
        ? {}
        : { text: `Chapter ${number}: ${number % 10 === 1 ? 'lighthouse keepers' : 'harbour walls'}.` }),
      ...(method === 'focal_rewriting' ? { query: sample(0).id } : {}),
      ...(number % 11 === 0 ? { state: 'rejected' as const, reason: 'duplicate' as const } : {}),
    });
  });
  const written = (async () => {
    const table = await writer(folder);
    for (let from = 0; from < all.length; from += 5_000) table.put(all.slice(from, from + 5_000));
    await table.close();
  })();
  const compare = (a: (typeof all)[number], b: (typeof all)[number]) =>
    (a.document < b.document ? -1 : a.document > b.document ? 1 : 0) ||
    (a.method < b.method ? -1 : a.method > b.method ? 1 : 0) ||
    a.order[0] - b.order[0] ||
    a.order[1] - b.order[1];
  const expected = [...all].sort(compare);

  it('is sorted by document, method and plan order, from the first page on', async () => {
    await written;
    const reviews = await ReviewBook.open(join(folder, 'reviews.jsonl'));
    const samples = await openSampleReader({ lance: join(folder, 'lance'), reviews });
    open.push(samples);
    const early = await samples.page({}, 0, 100);
    await samples.whenReady();
    const later = await samples.page({}, 0, 100);
    const first = expected.slice(0, 100).map(({ id }) => id);
    expect(early.samples.map(({ id }) => id)).toEqual(first);
    expect(later.samples.map(({ id }) => id)).toEqual(first);
    expect([early.total, later.total]).toEqual([20_000, 20_000]);
    const deep = await samples.page({}, 15_000, 50);
    expect(deep.samples.map(({ id }) => id)).toEqual(expected.slice(15_000, 15_050).map(({ id }) => id));
    expect(await samples.ids({}, 100_000)).toEqual(expected.map(({ id }) => id));
  });

  const cases: [name: string, filter: SampleFilter, matches: (one: Sample) => boolean][] = [
    ['method', { methods: ['qa'] }, (one) => one.method === 'qa'],
    ['document', { documents: ['docs/file-3.md'] }, (one) => one.document === 'docs/file-3.md'],
    ['state', { state: 'rejected' }, (one) => one.state === 'rejected'],
    ['reason', { reasons: ['duplicate', 'leak'] }, (one) => one.reason === 'duplicate'],
    ['question served', { query: sample(0).id }, (one) => one.query === sample(0).id],
    ['request', { request: sample(10).request }, (one) => one.request === sample(10).request],
    [
      'passage',
      { documents: ['docs/file-3.md'], range: { start: 1_000, end: 2_000 } },
      (one) => one.document === 'docs/file-3.md' && (one.source?.start ?? 0) < 2_000 && (one.source?.end ?? 0) > 1_000,
    ],
    ['words', { text: 'LIGHTHOUSE Keepers' }, (one) => one.text?.includes('lighthouse keepers') ?? false],
    [
      'a word and a facet',
      { text: 'harbour', methods: ['focal_rewriting'] },
      (one) => one.method === 'focal_rewriting' && (one.text?.includes('harbour') ?? false),
    ],
    ['stop words only', { text: 'the and of' }, () => true],
    ['a word that is nowhere', { text: 'submarine' }, () => false],
  ];
  it.each(cases)('is narrowed by %s to exactly what matches', async (_name, filter, matches) => {
    await written;
    const samples = await reader(folder);
    const wanted = expected.filter((one) => matches(one)).map(({ id }) => id);
    expect(await samples.ids(filter, 100_000)).toEqual(wanted);
  });

  it('has counts that add up', async () => {
    await written;
    const counts = SampleCounts.parse(await (await reader(folder)).counts());
    expect(counts.total).toBe(counts.accepted + counts.rejected);
    expect(counts.rejected).toBe(Object.values(counts.reasons).reduce((sum, count) => sum + count, 0));
    expect(counts.methods.reduce((sum, each) => sum + each.accepted + each.rejected, 0)).toBe(20_000);
    expect(counts.documents.reduce((sum, each) => sum + each.accepted + each.rejected, 0)).toBe(20_000);
    const qa = all.filter((one) => one.document === 'docs/file-3.md' && one.kind === 'qa');
    const duplicates = qa.filter((one) => one.state === 'rejected').length;
    expect(counts.documents.find(({ document }) => document === 'docs/file-3.md')?.duplicate_rate).toBeCloseTo(
      duplicates / qa.length,
    );
  });

  it('marks what was made from another text of its document as stale', async () => {
    await written;
    const samples = await reader(folder);
    expect((await samples.counts()).stale).toBe(0);
    const hashes = new Map(
      Array.from({ length: 40 }, (_, file) => [`docs/file-${file}.md`, contentHash(`text of ${file}`)]),
    );
    hashes.set('docs/file-3.md', contentHash('another text'));
    hashes.delete('docs/file-4.md');
    await samples.setDocumentHashes(hashes);
    const stale = await samples.page({ stale: true }, 0, 500);
    expect(stale.total).toBe(1_000);
    expect(new Set(stale.samples.map(({ document }) => document))).toEqual(new Set(['docs/file-3.md']));
    expect(stale.samples.every((one) => one.stale === true)).toBe(true);
    expect((await samples.counts({ documents: ['docs/file-4.md'] })).documents[0]?.stale).toBe(500);
  });
});
