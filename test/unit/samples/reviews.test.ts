import { readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/contract/samplesView.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import {
  auditReport,
  decide,
  type LanceSampleReader,
  newAudit,
  openSampleReader,
  openSampleWriter,
  ReviewBook,
  wilson95,
} from '../../../src/engine/samples/index.ts';
import { sample, temporaryFolder } from './sampleFixtures.ts';

const open: LanceSampleReader[] = [];
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

async function project(samples = Array.from({ length: 10 }, (_, number) => sample(number))) {
  const folder = temporaryFolder();
  const lance = join(folder, 'lance');
  const writer = await openSampleWriter({ lance });
  writer.put(samples);
  await writer.close();
  const file = join(folder, 'reviews.jsonl');
  const start = async () => {
    const book = await ReviewBook.open(file);
    const reader = await openSampleReader({ lance, reviews: book });
    open.push(reader);
    await reader.whenReady();
    const take = async (decision: Decision) => {
      const decided = await decide(decision, { book, samples: (ids) => reader.getAll(ids) });
      await reader.reviewsChanged(decided.changed);
      return decided;
    };
    return { book, reader, take };
  };
  return { file, lance, start, ...(await start()) };
}

describe('a person’s decision', () => {
  it('is laid over the sample and survives a restart', async () => {
    const { take, start } = await project();
    await take({ kind: 'reject', samples: [sample(1).id], note: 'the year is wrong' });
    await take({ kind: 'delete', samples: [sample(2).id] });
    await take({ kind: 'edit', sample: sample(3).id, fields: { answer: 'It is three.' } });
    const { reader } = await start();
    expect(await reader.get(sample(1).id)).toMatchObject({
      state: 'rejected',
      reason: 'reviewer',
      detail: 'the year is wrong',
      reviewed: true,
    });
    expect(await reader.get(sample(2).id)).toMatchObject({ state: 'rejected', reason: 'deleted' });
    expect(await reader.get(sample(3).id)).toMatchObject({
      state: 'accepted',
      answer: 'It is three.',
      original: 'What is number 3?\nCounting gives 3.\nIt is 3.',
      reviewed: true,
    });
    expect(await reader.counts()).toMatchObject({
      total: 10,
      accepted: 8,
      rejected: 2,
      reviewed: 3,
      reasons: { reviewer: 1, deleted: 1 },
    });
  });

  it('finds an edited sample by its new words and no more by the old', async () => {
    const { take, reader } = await project();
    await take({ kind: 'edit', sample: sample(4).id, fields: { question: 'Which lighthouse is oldest?' } });
    expect(await reader.ids({ text: 'lighthouse' }, 10)).toEqual([sample(4).id]);
    expect(await reader.ids({ text: 'number 4' }, 10)).toEqual([]);
    await take({ kind: 'undo' });
    expect(await reader.ids({ text: 'lighthouse' }, 10)).toEqual([]);
    expect(await reader.ids({ text: 'number 4' }, 10)).toEqual([sample(4).id]);
  });

  it('is undone as it was taken: all samples of it at once, one decision after the other, over restarts', async () => {
    const { take, start } = await project();
    const ids = [sample(1).id, sample(2).id, sample(3).id];
    await take({ kind: 'reject', samples: ids });
    await take({ kind: 'accept', samples: [sample(1).id] });
    const again = await start();
    expect((await again.reader.counts()).rejected).toBe(2);
    expect((await again.take({ kind: 'undo' })).summary).toBe('Undone: accepting');
    expect((await again.reader.counts()).rejected).toBe(3);
    expect((await again.take({ kind: 'undo' })).summary).toBe('Undone: rejecting 3 samples');
    expect(await again.reader.counts()).toMatchObject({ rejected: 0, reviewed: 0 });
    expect((await again.take({ kind: 'undo' })).summary).toBe('Nothing to undo');
  });

  it('that came in steps is undone as one, and a later one is another', async () => {
    const { take, reader, book } = await project();
    const group = 'a1b2c3d4e5f60718';
    await take({ kind: 'reject', samples: [sample(1).id, sample(2).id], group });
    const second = await take({ kind: 'reject', samples: [sample(3).id, 'f'.repeat(32)], group });
    expect(second.tally).toEqual({ done: 1, left: 0, gone: 1 });
    expect(new Set(book.lines.map(({ review }) => review)).size).toBe(3);
    await take({ kind: 'reject', samples: [sample(4).id] });
    expect((await take({ kind: 'undo' })).summary).toBe('Undone: rejecting');
    expect((await take({ kind: 'undo' })).summary).toBe('Undone: rejecting 3 samples');
    expect((await reader.counts()).rejected).toBe(0);
  });

  it('cannot accept an evaluation question, or a sample without text', async () => {
    const leak = sample(1, { state: 'rejected', reason: 'leak' });
    const failed = sample(2, { kind: 'document', state: 'rejected', reason: 'failed', text: '' });
    const duplicate = sample(3, { state: 'rejected', reason: 'duplicate' });
    const { take, reader } = await project([leak, failed, duplicate]);
    const { summary } = await take({ kind: 'accept', samples: [leak.id, failed.id, duplicate.id] });
    expect(summary).toBe('1 accepted; 2 left: without text, or an evaluation question');
    expect(await reader.counts()).toMatchObject({ accepted: 1, reasons: { leak: 1, failed: 1 } });
  });

  it('follows a sample that a better parser gave another id', async () => {
    const { take, start, lance } = await project();
    await take({ kind: 'reject', samples: [sample(5).id, sample(6).id] });
    const writer = await openSampleWriter({ lance, fresh: true });
    // The same text but for a comma under a new id; the other one is gone for good.
    const renamed = sample(5, { id: contentHash('new id'), question: 'What, is number 5?' });
    writer.put([sample(1), renamed]);
    await writer.close();
    const { reader } = await start();
    expect(await reader.get(renamed.id)).toMatchObject({ state: 'rejected', reason: 'reviewer' });
    const orphans = await reader.orphans();
    expect(orphans).toHaveLength(1);
    expect(orphans[0]).toMatchObject({ verdict: 'reject', request: sample(6).request });
  });
});

describe('reviews.jsonl', () => {
  it('keeps and reports lines that cannot be read, and never writes over them', async () => {
    const { file, take, start } = await project();
    await take({ kind: 'reject', samples: [sample(1).id] });
    await appendFile(file, '<<<<<<< HEAD\n{"v":9,"review":"x","at":"t","decision":"vanish"}\n{"v":1,"half');
    const { book, reader, take: takeAgain } = await start();
    expect(book.bad.map(({ line, message }) => [line, message])).toEqual([
      [2, 'a merge conflict mark: keep both sides'],
      [3, 'format version 9: written by a newer version of this product, update it'],
      [4, 'not JSON'],
    ]);
    expect((await reader.counts()).rejected).toBe(1);
    await takeAgain({ kind: 'reject', samples: [sample(2).id] });
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines[3]).toBe('{"v":1,"half');
    expect(lines).toHaveLength(6);
    expect((await ReviewBook.open(file)).bad).toHaveLength(3);
  });

  it('is read again when somebody else changed it', async () => {
    const { file, take, reader } = await project();
    await take({ kind: 'reject', samples: [sample(1).id] });
    await writeFile(file, '');
    await reader.refresh();
    expect(await reader.counts()).toMatchObject({ rejected: 0, reviewed: 0 });
  });
});

describe('an audit', () => {
  const many = Array.from({ length: 300 }, (_, number) =>
    sample(number, number % 3 === 0 ? { kind: 'document', method: 'active_reading', text: `Text ${number}` } : {}),
  );

  it('draws accepted samples at random, as many of each method, the same for the same audit', async () => {
    const { reader, book, take } = await project(many);
    await take({ kind: 'reject', samples: many.slice(0, 60).map(({ id }) => id) });
    const audit = newAudit(50);
    const report = await auditReport(reader, book, audit);
    expect(report.samples).toHaveLength(50);
    expect(report.methods.map(({ method }) => method)).toEqual(['active_reading', 'qa']);
    expect(report.samples.filter(({ method }) => method === 'qa')).toHaveLength(25);
    const drawn = report.samples.map(({ id }) => id);
    expect(new Set(drawn).size).toBe(50);
    expect(many.slice(0, 60).some(({ id }) => drawn.includes(id))).toBe(false);
    expect(await auditReport(reader, book, audit)).toEqual(report);
    const other = await auditReport(reader, book, newAudit(50));
    expect(other.samples.map(({ id }) => id)).not.toEqual(drawn);
  });

  it('gives the error rate of each method with its interval, and keeps verdicts on samples that are gone since', async () => {
    const { reader, book, take } = await project(many);
    const audit = newAudit(20);
    const { samples } = await auditReport(reader, book, audit);
    const ofQa = samples.filter(({ method }) => method === 'qa');
    for (const [index, { id }] of ofQa.entries()) await take({ kind: 'audit', audit, sample: id, right: index > 0 });
    await take({ kind: 'reject', samples: [ofQa[0]?.id ?? ''] });
    const report = await auditReport(reader, book, audit);
    expect(report.samples.map(({ id }) => id)).toEqual(samples.map(({ id }) => id));
    const qa = report.methods.find(({ method }) => method === 'qa');
    expect(qa).toMatchObject({ judged: 10, wrong: 1, rate: 0.1 });
    expect(qa?.ci95).toEqual(wilson95(1, 10));
    expect(report.methods.find(({ method }) => method === 'active_reading')).toMatchObject({ judged: 0, rate: null });
  });

  it('has the Wilson interval of the textbooks', () => {
    // Newcombe (1998), Statistics in Medicine 17, table I: 15 of 148, and 0 of 20.
    const [low, high] = wilson95(15, 148);
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.0624', '0.1605']);
    expect(wilson95(0, 20).map((bound) => bound.toFixed(4))).toEqual(['0.0000', '0.1611']);
  });
});
