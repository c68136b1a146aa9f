import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/contract/sample.ts';
import { withVerdict } from '../../../src/engine/synth/derive/deriver.ts';
import { parseCompletion, samplesOf } from '../../../src/engine/synth/derive/samplesOf.ts';
import { addToPlan, Deriver, LeakGate } from '../../../src/engine/synth/index.ts';
import { seeded } from '../../../src/engine/synth/plan/random.ts';
import { methodsFor } from '../../../src/engine/synth/registry.ts';
import {
  type Answered,
  completionOf,
  configured,
  corpusOf,
  drive,
  openPlan,
  standardPrompts,
  temporaryFolder,
} from './project.ts';

const ids = (answered: readonly Answered[]) => answered.map(({ request }) => request.id);
const of = (answered: readonly Answered[], method: string, stage: string) =>
  answered.filter(({ request }) => request.method === method && request.draft.stage === stage);

describe('the plan of a project', () => {
  it('asks for questions, strategies, documents and rewrites of every document, each request once', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder });
    const before = plan.counts().total;
    const answered = await drive(plan, log);
    expect(new Set(ids(answered)).size).toBe(answered.length);
    expect(of(answered, 'qa', 'questions')).toHaveLength(3 * 10);
    expect(of(answered, 'active_reading', 'strategies')).toHaveLength(3);
    expect(of(answered, 'active_reading', 'documents')).toHaveLength(3 * 8);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(3 * 8);
    // Focal Rewriting's own strategy stage is the same request as Active Reading's: paid once.
    expect(of(answered, 'focal_rewriting', 'strategies')).toHaveLength(0);
    expect(before).toEqual({ planned: 81, answered: 0, failed: 0, pending: 81, reused: 0 });
    expect(plan.counts().total).toEqual({ planned: 81, answered: 81, failed: 0, pending: 0, reused: 0 });
    await plan.close();
    await log.close();
  });

  it('renders prompts that begin with the document, name it, and end with the instruction', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1) });
    const answered = await drive(plan, log);
    const prompts = answered.map(({ request }) =>
      request
        .body()
        .messages.map((message) => message.content)
        .join('\n'),
    );
    const end = '</document>';
    const prefix = prompts[0]?.slice(0, (prompts[0]?.indexOf(end) ?? 0) + end.length) ?? '';
    expect(prefix).toContain('Title: Harbour of Quellin 0');
    expect(prefix).toContain('author: M. Orrin');
    // One prefix for every method, so that a server's prefix cache serves all requests of a document.
    for (const prompt of prompts) expect(prompt.startsWith(prefix)).toBe(true);
    const rewrite = of(answered, 'focal_rewriting', 'documents')[0]?.request;
    expect(rewrite?.body().messages.at(-1)?.content).toContain(`Focus on the question ${rewrite?.draft.query?.text}`);
    for (const { request } of answered) {
      expect(request.line().id).toBe(request.id);
      const stored = new Map(request.texts());
      for (const hash of Object.values(request.line().inputs)) expect(stored.has(hash)).toBe(true);
    }
    await plan.close();
    await log.close();
  });

  it('spreads questions over all parts of a long document from the first requests on, a kind of question each', async () => {
    const folder = await temporaryFolder();
    const methods = configured({ qa: { calls_per_part: 2 } });
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1, 160, 2), methods, only: ['qa'] });
    const { planned } = plan.counts().total;
    const drafts = (await drive(plan, log, { concurrency: 1 })).map(({ request }) => request.draft);
    expect(drafts).toHaveLength(planned);
    const starts = drafts.map(({ source }) => source?.start ?? 0);
    const length = Math.max(...drafts.map(({ source }) => source?.end ?? 0));
    // Every quarter of the document is asked about within the first few requests, every part in the first half.
    expect(new Set(starts.slice(0, 6).map((start) => Math.floor((4 * start) / length))).size).toBe(4);
    expect(new Set(starts.slice(0, planned / 2)).size).toBe(planned / 2);
    expect(new Set(drafts.map(({ source, inputs }) => `${source?.start} ${inputs.angle}`)).size).toBe(planned);
    await plan.close();
    await log.close();
  });

  it('does the same stages of one document while another one waits', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder });
    const order: string[] = [];
    await drive(plan, log, {
      concurrency: 12,
      answer: (request) => {
        order.push(request.document.document.id);
        return completionOf(request);
      },
    });
    const first = order.lastIndexOf('notes/harbour-0.md');
    expect(order.indexOf('notes/harbour-1.md')).toBeLessThan(first);
    await plan.close();
    await log.close();
  });

  it('resumes after any number of answers with exactly the requests that are missing, and nothing else', async () => {
    const whole = await temporaryFolder();
    const reference = await openPlan({ folder: whole });
    const complete = new Set(ids(await drive(reference.plan, reference.log)));
    await reference.plan.close();
    await reference.log.close();
    for (const stopAfter of [1, 9, 33, 34, 50, 80]) {
      const folder = await temporaryFolder();
      const started = await openPlan({ folder });
      const first = ids(await drive(started.plan, started.log, { stopAfter }));
      await started.plan.close();
      await started.log.close();
      const resumed = await openPlan({ folder });
      const second = ids(await drive(resumed.plan, resumed.log));
      expect(resumed.plan.counts().total).toEqual({
        planned: 81,
        answered: 81,
        failed: 0,
        pending: 0,
        reused: stopAfter,
      });
      await resumed.plan.close();
      await resumed.log.close();
      expect(first.filter((id) => second.includes(id))).toEqual([]);
      expect(new Set([...first, ...second])).toEqual(complete);
    }
  });

  it('reads no completion body on resume where the draws are complete', async () => {
    const folder = await temporaryFolder();
    const first = await openPlan({ folder });
    await drive(first.plan, first.log);
    await first.plan.close();
    let bodies = 0;
    const log = {
      state: (id: string) => first.log.state(id),
      read: (id: string) => {
        bodies++;
        return first.log.read(id);
      },
    };
    const { plan, log: second } = await openPlan({ folder, log });
    expect(await drive(plan, second)).toEqual([]);
    expect(bodies).toBe(0);
    await plan.close();
    await second.close();
    await first.log.close();
  });

  it('extends what was drawn at its end and never draws again', async () => {
    const folder = await temporaryFolder();
    const small = await openPlan({ folder, corpus: corpusOf(1) });
    const before = of(await drive(small.plan, small.log), 'focal_rewriting', 'documents');
    await small.plan.close();
    await small.log.close();
    const options = { focal_rewriting: { documents_per_window: 40 }, qa: { calls_per_part: 14 } };
    const large = await openPlan({ folder, corpus: corpusOf(1), methods: configured(options) });
    const after = of(await drive(large.plan, large.log), 'focal_rewriting', 'documents');
    await large.plan.close();
    await large.log.close();
    expect(before).toHaveLength(8);
    expect(after).toHaveLength(32);
    const lines = (await readFile(join(folder, 'plan', 'draws-00000.jsonl'), 'utf8')).trim().split('\n');
    const rewriting = lines.map((line) => JSON.parse(line)).filter((line) => line.method === 'focal_rewriting');
    expect(rewriting.map((line) => [line.from, line.draws.length])).toEqual([
      [0, 8],
      [8, 32],
    ]);
    // Every question of the pool is drawn once before any is drawn twice, and no pair of question and strategy repeats.
    const pairs = [...before, ...after].map(({ request }) => `${request.draft.query?.id} ${request.draft.strategy}`);
    const questions = [...before, ...after].map(({ request }) => request.draft.query?.id);
    const pool = new Set(questions).size;
    expect(new Set(questions.slice(0, pool)).size).toBe(pool);
    expect(new Set(pairs.slice(0, pool * 3)).size).toBe(Math.min(pairs.length, pool * 3));
  });

  it('keeps later stages of a document back while an earlier request has given up, and counts them as pending', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1) });
    let failed = false;
    const answered = await drive(plan, log, {
      answer: (request) => {
        if (failed || request.draft.stage !== 'questions') return completionOf(request);
        failed = true;
        return 'gave_up';
      },
    });
    expect(of(answered, 'active_reading', 'documents')).toHaveLength(8);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(0);
    expect(plan.counts().total).toEqual({ planned: 27, answered: 18, failed: 0, pending: 9, reused: 0 });
    await plan.close();
    await log.close();
  });

  it('takes a request that failed for good as terminal, and sends it again only when asked to', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1) });
    let first = true;
    await drive(plan, log, {
      answer: (request) => {
        const failing = first;
        first = false;
        if (!failing) return completionOf(request);
        return { ...completionOf(request), response: null, error: { code: '400', message: 'context length' } };
      },
    });
    expect(plan.counts().total).toEqual({ planned: 27, answered: 26, failed: 1, pending: 0, reused: 0 });
    await plan.close();
    await log.close();
    const again = await openPlan({ folder, corpus: corpusOf(1), retryFailed: true });
    expect(await drive(again.plan, again.log)).toHaveLength(1);
    await again.plan.close();
    await again.log.close();
  });

  it('previews every method on few documents, with ids of the full plan', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(9), limit: 12, preview: true });
    const preview = await drive(plan, log);
    await plan.close();
    await log.close();
    expect(preview.length).toBeLessThanOrEqual(12);
    expect(new Set(preview.map(({ request }) => request.document.document.id)).size).toBe(2);
    for (const [method, stage] of [
      ['qa', 'questions'],
      ['active_reading', 'documents'],
      ['focal_rewriting', 'documents'],
    ] as const) {
      expect(of(preview, method, stage).length).toBeGreaterThan(0);
    }
    const full = await openPlan({ folder, corpus: corpusOf(9) });
    const rest = await drive(full.plan, full.log);
    expect(rest.length + preview.length).toBe(9 * 27);
    await full.plan.close();
    await full.log.close();
  });

  it('never makes more new requests than its limit, in plan order', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, limit: 40 });
    const answered = await drive(plan, log);
    expect(answered).toHaveLength(40);
    expect(of(answered, 'focal_rewriting', 'documents').length).toBeGreaterThan(8);
    expect(new Set(answered.map(({ request }) => request.document.document.id)).size).toBe(2);
    await plan.close();
    await log.close();
  });

  it('adds the QA method where only rewrites are asked for: their questions come from it', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, only: ['focal_rewriting'], documents: ['notes/*-1.md'] });
    const answered = await drive(plan, log);
    expect(new Set(answered.map(({ request }) => request.document.document.id))).toEqual(
      new Set(['notes/harbour-1.md']),
    );
    expect(of(answered, 'qa', 'questions')).toHaveLength(10);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(8);
    expect(of(answered, 'active_reading', 'documents')).toHaveLength(0);
    await plan.close();
    await log.close();
  });

  it('of a very small model runs through the same stages', async () => {
    const folder = await temporaryFolder();
    const small = methodsFor('small');
    const methods = configured({}, small);
    const { plan, log } = await openPlan({ folder, methods, prompts: standardPrompts(small), corpus: corpusOf(2) });
    const answered = await drive(plan, log);
    expect(plan.problems).toEqual([]);
    expect(new Set(ids(answered)).size).toBe(answered.length);
    expect(of(answered, 'qa', 'questions').length).toBeGreaterThan(0);
    const { planned, answered: done, pending, failed } = plan.counts().total;
    expect({ done, pending, failed }).toEqual({ done: answered.length, pending: 0, failed: 0 });
    expect(planned).toBe(answered.length);
    await plan.close();
    await log.close();
  });

  it('sends the request of two equal documents once', async () => {
    const folder = await temporaryFolder();
    const one = corpusOf(1);
    const [card] = one.documents;
    if (card === undefined) throw new Error('no document');
    const twins = { ...one, documents: [card, { ...card, id: 'copy.md', path: 'copy.md' }] };
    const text = await one.text(card.id);
    const windows = await one.windows(card.id);
    const { plan, log } = await openPlan({
      folder,
      corpus: { ...twins, text: async () => text, windows: async () => windows },
      only: ['qa'],
    });
    expect(await drive(plan, log)).toHaveLength(10);
    expect(plan.counts().total).toMatchObject({ planned: 20, answered: 20, pending: 0 });
    await plan.close();
    await log.close();
  });

  it('walks a plan of 100,000 requests whose answers are all there within a bounded heap', async () => {
    const folder = await temporaryFolder();
    const methods = configured({ qa: { calls_per_part: 1000 } });
    const everything = { state: () => 'answered' as const, read: async () => undefined };
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(100), methods, log: everything, only: ['qa'] });
    expect(plan.counts().total.planned).toBe(100_000);
    const heap = process.memoryUsage().heapUsed;
    expect(await drive(plan, log)).toEqual([]);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(150e6);
    expect(plan.counts().total).toEqual({
      planned: 100_000,
      answered: 100_000,
      failed: 0,
      pending: 0,
      reused: 100_000,
    });
    await plan.close();
    await log.close();
  });
});

describe('evaluation questions', () => {
  const leaked = 'How many barrels did Ilsa Venn count in section 3 of Harbour of Quellin 0?';

  it('are never a rewrite’s question, nor in any other prompt', async () => {
    const folder = await temporaryFolder();
    const gate = new LeakGate([{ id: 'q1', question: leaked, file: 'benchmarks/own.yaml' }]);
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1), gate });
    const answered = await drive(plan, log);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(8);
    for (const { request } of answered) expect(JSON.stringify(request.body())).not.toContain('in section 3 of');
    await plan.close();
    await log.close();
  });

  it('stop a rewrite that was drawn before they were known', async () => {
    const folder = await temporaryFolder();
    const before = await openPlan({
      folder,
      corpus: corpusOf(1),
      methods: configured({ focal_rewriting: { documents_per_window: 30 } }),
    });
    const all = await drive(before.plan, before.log, { stopAfter: 20 });
    await before.plan.close();
    await before.log.close();
    const gate = new LeakGate([{ id: 'q1', question: leaked }]);
    const after = await openPlan({
      folder,
      corpus: corpusOf(1),
      gate,
      methods: configured({ focal_rewriting: { documents_per_window: 30 } }),
    });
    const rest = await drive(after.plan, after.log);
    expect(all.length + rest.length).toBeLessThan(49);
    for (const { request } of rest) expect(request.draft.query?.text).not.toBe(leaked);
    await after.plan.close();
    await after.log.close();
  });

  it('are refused as a person’s own question', async () => {
    const folder = await temporaryFolder();
    const gate = new LeakGate([{ id: 'q1', question: leaked }]);
    const wish = {
      document: 'notes/harbour-0.md',
      method: 'focal_rewriting',
      count: 2,
      query: { id: 'own', text: leaked },
    };
    const refused = await addToPlan(folder, [wish], gate);
    expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('evaluation question (q1)') });
  });
});

describe('additions to the plan', () => {
  const open = new LeakGate([]);

  it('about a passage show that passage with its surroundings, before the rest of the plan', async () => {
    const folder = await temporaryFolder();
    const corpus = corpusOf(2, 80);
    const text = await corpus.text('notes/harbour-1.md');
    const start = text.indexOf('In section 40 ');
    const range = { start, end: text.indexOf('In section 41 ') };
    await addToPlan(join(folder, 'plan'), [{ document: 'notes/harbour-1.md', method: 'qa', count: 3, range }], open);
    const { plan, log } = await openPlan({ folder, corpus, additionsOnly: true });
    const answered = await drive(plan, log);
    expect(answered).toHaveLength(3);
    expect(new Set(ids(answered)).size).toBe(3);
    for (const { request } of answered) {
      expect(request.draft.inputs.document).toContain('In section 40 ');
      expect(request.draft.inputs.document?.length).toBeLessThan(text.length / 2);
      expect(request.draft.source).toEqual(range);
    }
    await plan.close();
    await log.close();
  });

  it('for rewrites of a passage ask for strategies and questions of that passage, once for two wishes', async () => {
    const folder = await temporaryFolder();
    const corpus = corpusOf(1, 80);
    const text = await corpus.text('notes/harbour-0.md');
    const range = { start: text.indexOf('In section 40 '), end: text.indexOf('In section 41 ') };
    const wish = { document: 'notes/harbour-0.md', method: 'focal_rewriting', count: 3, range };
    await addToPlan(join(folder, 'plan'), [wish, wish], open);
    const { plan, log } = await openPlan({ folder, corpus, additionsOnly: true });
    const answered = await drive(plan, log);
    expect(of(answered, 'focal_rewriting', 'strategies')).toHaveLength(1);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(6);
    const shown = new Set(answered.map(({ request }) => request.draft.inputs.document));
    expect([...shown]).toEqual([expect.stringContaining('In section 40 ')]);
    expect([...shown][0]?.length).toBeLessThan(text.length / 2);
    for (const { request } of of(answered, 'focal_rewriting', 'documents')) {
      expect(request.draft.strategy).toMatch(/Timeline|Ledger|Letter/);
    }
    await plan.close();
    await log.close();
  });

  it('about a passage of a short document share the plan’s own strategies', async () => {
    const folder = await temporaryFolder();
    const corpus = corpusOf(1);
    const first = await openPlan({ folder, corpus, only: ['active_reading'] });
    await drive(first.plan, first.log);
    await first.plan.close();
    await first.log.close();
    const wish = { document: 'notes/harbour-0.md', method: 'focal_rewriting', count: 2, range: { start: 0, end: 80 } };
    await addToPlan(join(folder, 'plan'), [wish], open);
    const { plan, log } = await openPlan({ folder, corpus, additionsOnly: true });
    const answered = await drive(plan, log);
    expect(of(answered, 'focal_rewriting', 'strategies')).toHaveLength(0);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(2);
    await plan.close();
    await log.close();
  });

  it('for one question give rewrites that serve it, by strategies of the document', async () => {
    const folder = await temporaryFolder();
    const query = { id: 'own-1', text: 'Which pier did the brig Tolland leave from?' };
    const wish = { document: 'notes/harbour-0.md', method: 'focal_rewriting', count: 4, query };
    await addToPlan(join(folder, 'plan'), [wish, wish], open);
    const { plan, log } = await openPlan({ folder, additionsOnly: true });
    const answered = await drive(plan, log);
    // The same wish twice is two wishes; the one strategy request serves both.
    expect(of(answered, 'focal_rewriting', 'strategies')).toHaveLength(1);
    expect(of(answered, 'focal_rewriting', 'documents')).toHaveLength(8);
    for (const { request } of of(answered, 'focal_rewriting', 'documents')) {
      expect(request.draft.query).toMatchObject(query);
      expect(request.line().query).toBe('own-1');
    }
    await plan.close();
    await log.close();
    const resumed = await openPlan({ folder, additionsOnly: true });
    expect(await drive(resumed.plan, resumed.log)).toEqual([]);
    await resumed.plan.close();
    await resumed.log.close();
  });

  it('that come while the job runs are served by it', async () => {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1), only: ['qa'] });
    let asked = false;
    const answered = await drive(plan, log, {
      answer: (request) => {
        if (!asked) {
          asked = true;
          void addToPlan(join(folder, 'plan'), [{ document: 'notes/harbour-0.md', method: 'qa', count: 2 }], open);
        }
        return completionOf(request);
      },
    });
    expect(answered).toHaveLength(12);
    await plan.close();
    await log.close();
  });

  it('draw a request again as a further replica of the same prompt', async () => {
    const folder = await temporaryFolder();
    const first = await openPlan({ folder, corpus: corpusOf(1), only: ['qa'] });
    const [original] = await drive(first.plan, first.log);
    await first.plan.close();
    if (original === undefined) throw new Error('nothing was answered');
    const line = original.request.line();
    const texts = new Map(original.request.texts());
    const requests = { request: async () => line, text: async (hash: string) => texts.get(hash) };
    const wish = { document: 'notes/harbour-0.md', method: 'qa', count: 1, regenerate: { request: line.id } };
    await addToPlan(join(folder, 'plan'), [wish], open);
    await first.log.close();
    const second = await openPlan({ folder, corpus: corpusOf(1), only: ['qa'], additionsOnly: true, requests });
    const [again] = await drive(second.plan, second.log);
    expect(again?.request.id).not.toBe(line.id);
    expect(again?.request.body()).toEqual(original.request.body());
    await second.plan.close();
    await second.log.close();
  });
});

describe('samples from answers', () => {
  it('of requests that today’s settings no longer plan are made from their record', async () => {
    const folder = await temporaryFolder();
    const first = await openPlan({ folder, corpus: corpusOf(1) });
    const answered = await drive(first.plan, first.log);
    await first.plan.close();
    await first.log.close();
    const texts = new Map(answered.flatMap(({ request }) => [...request.texts()]));
    const requests = { request: async () => undefined, text: async (hash: string) => texts.get(hash) };
    const other = await openPlan({ folder, corpus: corpusOf(1), model: 'another-8b', requests });
    const deriver = () =>
      new Deriver({
        gate: new LeakGate([]),
        tokens: { count: (text) => text.length },
        toy: false,
        log: other.log,
        requestsOf: (id) => other.plan.requestsOf(id),
        fresh: true,
      });
    for (const { request, completion } of answered) {
      const recorded = await other.plan.fromRecord(request.line());
      if (typeof recorded === 'string') throw new Error(recorded);
      const { samples } = await deriver().derive(recorded, completion);
      const { samples: then } = await deriver().derive(request, completion);
      const timeless = (all: Sample[]) => all.map(({ order: _order, ...sample }) => sample);
      expect(timeless(samples)).toEqual(timeless(then));
    }
    await other.plan.close();
    await other.log.close();
  });

  it('of another prompt profile are read by the parsers of its prompts, and say what wrote them', async () => {
    const folder = await temporaryFolder();
    const small = methodsFor('small');
    const first = await openPlan({
      folder,
      corpus: corpusOf(1),
      methods: configured({}, small),
      prompts: standardPrompts(small),
      only: ['qa'],
    });
    const [answered] = await drive(first.plan, first.log, { stopAfter: 1 });
    await first.plan.close();
    await first.log.close();
    if (answered === undefined) throw new Error('nothing was asked');
    const texts = new Map(answered.request.texts());
    const requests = { request: async () => undefined, text: async (hash: string) => texts.get(hash) };
    const retired = {
      methods: small.map((method, index) => ({ method, options: method.options.parse({}), index, toy: true })),
      prompts: standardPrompts(small),
    };
    const now = await openPlan({ folder, corpus: corpusOf(1), requests, retired });
    const recorded = await now.plan.fromRecord(answered.request.line());
    if (typeof recorded === 'string') throw new Error(recorded);
    expect(recorded.place.planned.method).toBe(small[0]);
    expect(recorded.document.textHash).toBe(answered.request.document.textHash);
    const deriver = new Deriver({
      gate: new LeakGate([]),
      tokens: { count: () => 1 },
      toy: false,
      log: now.log,
      requestsOf: (id) => now.plan.requestsOf(id),
      fresh: true,
    });
    const { samples } = await deriver.derive(recorded, answered.completion);
    expect(samples).toMatchObject([{ method: 'qa', toy: true }]);
    await now.plan.close();
    await now.log.close();
  });

  it('of a parser that throws are one rejection, and the plan goes on', async () => {
    const folder = await temporaryFolder();
    const [qa] = configured();
    if (qa === undefined) throw new Error('no method');
    const stages = qa.method.stages.map((stage) => ({
      ...stage,
      parse: () => {
        throw new Error('unexpected bracket');
      },
    }));
    const methods = [{ ...qa, method: { ...qa.method, stages } }];
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(1), methods });
    const [one] = await drive(plan, log);
    if (one === undefined) throw new Error('nothing was answered');
    expect(plan.counts().total).toMatchObject({ planned: 10, answered: 10 });
    const samples = samplesOf(one.request, parseCompletion(one.request, one.completion));
    expect(samples).toMatchObject([
      { state: 'rejected', reason: 'malformed', detail: 'The parser of qa failed: unexpected bracket' },
    ]);
    await plan.close();
    await log.close();
  });

  it('of a method whose draft leaves a prompt’s variable open are none: the plan says which', async () => {
    const folder = await temporaryFolder();
    const [qa] = configured();
    if (qa === undefined) throw new Error('no method');
    const stages = qa.method.stages.map((stage) => ({
      ...stage,
      *plan() {
        yield { stage: 'questions', template: 'qa', window: 0, replica: 0, inputs: { title: 'x' } };
      },
    }));
    const { plan, log } = await openPlan({
      folder,
      corpus: corpusOf(1),
      methods: [{ ...qa, method: { ...qa.method, stages } }],
    });
    expect(await drive(plan, log)).toEqual([]);
    expect(plan.problems).toMatchObject([
      { document: 'notes/harbour-0.md', message: expect.stringContaining('Prompt "qa"') },
    ]);
    await plan.close();
    await log.close();
  });

  async function accepted(seed: string | undefined): Promise<Map<string, string>> {
    const folder = await temporaryFolder();
    const { plan, log } = await openPlan({ folder, corpus: corpusOf(2) });
    const random = seed === undefined ? () => 0 : seeded(seed);
    const deriver = new Deriver({
      gate: new LeakGate([]),
      tokens: { count: (text) => text.length },
      toy: false,
      log,
      requestsOf: (id) => plan.requestsOf(id),
    });
    const samples = new Map<string, Sample>();
    for (const { request, completion } of await drive(plan, log, { pick: (count) => Math.floor(random() * count) })) {
      const derived = await deriver.derive(request, completion);
      for (const sample of derived.samples) samples.set(sample.id, sample);
      for (const { id, ...verdict } of derived.amended) {
        const sample = samples.get(id);
        if (sample !== undefined) samples.set(id, withVerdict(sample, verdict));
      }
    }
    const rederived = (
      await Promise.all(['0', '1'].map((n) => deriver.rederiveDocument(`notes/harbour-${n}.md`)))
    ).flat();
    const states = (all: Iterable<Sample>) =>
      new Map([...all].map((sample) => [sample.id, `${sample.state} ${sample.reason ?? ''}`] as const).sort());
    expect(states(rederived)).toEqual(states(samples.values()));
    await plan.close();
    await log.close();
    return states(samples.values());
  }

  it('are the same whatever order the answers arrive in', async () => {
    const inOrder = await accepted(undefined);
    expect([...inOrder.values()].filter((state) => state === 'rejected duplicate').length).toBeGreaterThan(10);
    for (const seed of ['a', 'b', 'c', 'd']) expect(await accepted(seed)).toEqual(inOrder);
  });
});
