import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CellReport } from '../../../src/contract/evaluation.ts';
import type { ResultsSummary } from '../../../src/contract/results.ts';
import {
  answerPage,
  breakdown,
  cellReports,
  Report,
  readReport,
  reportText,
} from '../../../src/engine/eval/report/index.ts';
import { recordProcess } from '../../../src/engine/jobs/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { madeDocuments, writeEvaluation, writeStudy, writeTraining } from '../../fixtures/evaluation/madeEvaluation.ts';

const scratch: string[] = [];
const project = () => {
  const root = mkdtempSync(join(tmpdir(), 'smt-report-'));
  scratch.push(root);
  return root;
};
afterAll(() => {
  for (const root of scratch) rmSync(root, { recursive: true, force: true });
});
const report = (root: string, tokens: number | null = null) => readReport(projectPaths(root), tokens);
const documents = madeDocuments(20);

describe('a study: base and five budgets, closed-book and with retrieval', () => {
  let root: string;
  let summary: ResultsSummary;
  beforeAll(async () => {
    root = project();
    await writeStudy(root, documents);
    summary = await report(root, 1.5e6);
  });

  it('every accuracy has an interval that holds it, n, and the total it is out of', () => {
    expect(summary.cells).toHaveLength(10);
    for (const cell of summary.cells) {
      expect(cell.questions).toBe(cell.questions_total);
      expect(cell.n).toBe(4);
      expect(cell.ci95?.[0]).toBeLessThan(cell.accuracy);
      expect(cell.ci95?.[1]).toBeGreaterThan(cell.accuracy);
      expect(cell.ci95_decoding?.[0]).toBeLessThan(cell.accuracy);
      expect(cell.toy).toBe(true);
    }
  });

  it('`report --json` prints exactly the fields of the contract', () => {
    const rows = cellReports(summary);
    const allowed = new Set(Object.keys(CellReport.shape));
    for (const row of rows) for (const key of Object.keys(row)) expect(allowed.has(key)).toBe(true);
    expect(rows[0]).toMatchObject({ benchmark: 'general', setting: 'closed_book', engine: 'worker:transformers' });
  });

  it('four cells for each trained model, with the headline, the gain and the guard rail', () => {
    const four = summary.fours.find(({ trained_rag }) => trained_rag !== null);
    expect(summary.fours).toHaveLength(5);
    expect(four).toMatchObject({ benchmark: 'quality' });
    const about = four?.comparisons.map((id) => summary.comparisons.find((comparison) => comparison.id === id)?.about);
    expect(about).toEqual(['beats_rag', 'gain', 'with_rag', 'rag']);
    expect(four?.general).toHaveLength(1);
    const gain = summary.comparisons.find(({ id, about }) => about === 'gain' && four?.comparisons.includes(id));
    if (gain?.kind !== 'delta') throw new Error('comparable');
    expect(gain.delta).toBeGreaterThan(0.15);
    expect(gain.ci95?.[0]).toBeGreaterThan(0);
    expect(gain).toMatchObject({ questions: 100, documents: 20 });
    expect(gain.mcnemar.second_only).toBeGreaterThan(gain.mcnemar.first_only);
  });

  it('the curve goes through the finished models in order of their tokens and says when it meets retrieval', () => {
    const [view, ...others] = summary.scaling;
    expect(others).toEqual([]);
    expect(view?.points.map(({ tokens }) => tokens)).toEqual([44e6, 88e6, 175e6, 350e6, 700e6]);
    expect(view?.source_tokens).toBe(1.5e6);
    if (view?.fit.kind !== 'fit') throw new Error('a fit');
    expect(view.fit.per_doubling).toBeGreaterThan(0.03);
    expect(view.fit.to_rag).toMatchObject({ kind: 'tokens' });
    expect(view.fit.band).toHaveLength(41);
  });

  it('warns of toy answers and says what is partial', () => {
    expect(summary.warnings[0]).toContain('very small model');
  });

  it('the exports carry every cell, and a formula in a name is inert', () => {
    const markdown = reportText(summary, 'markdown');
    expect(markdown).toContain('95 % interval over documents');
    expect(markdown).toContain('points per doubling');
    expect(markdown.split('\n').filter((line) => line.startsWith('| quality'))).toHaveLength(8);
    const csv = reportText(summary, 'csv').trim().split('\r\n');
    expect(csv).toHaveLength(11);
    expect(csv[0]?.split(',')).toHaveLength(csv[1]?.split(',').length ?? 0);
    expect(JSON.parse(reportText(summary, 'json'))).toEqual(summary);
    const [first] = summary.cells;
    if (!first) throw new Error('a cell');
    expect(reportText({ ...summary, cells: [{ ...first, model: '=1+1' }] }, 'csv')).toContain("'=1+1");
    expect(reportText({ ...summary, cells: [{ ...first, model_name: 'a|b' }] }, 'markdown')).toContain('a\\|b');
  });
});

describe('cells merge over runs', () => {
  it('the newest run’s answers win, and the cell keeps its identity', async () => {
    const root = project();
    const cells = [{ model: 'base', setting: 'closed_book' as const, rate: 0.2 }];
    await writeEvaluation({ root, run: '20261122-100000000-aaaaaa', documents, perDocument: 4, samples: 2, cells });
    const before = (await report(root)).cells[0];
    await writeEvaluation({
      root,
      run: '20261122-120000000-bbbbbb',
      documents: documents.slice(0, 10),
      perDocument: 4,
      samples: 4,
      cells: [{ model: 'base', setting: 'closed_book', rate: 0.95 }],
    });
    const after = await report(root);
    expect(after.cells).toHaveLength(1);
    expect(after.cells[0]).toMatchObject({
      id: before?.id,
      questions: 80,
      n: 3,
      runs: ['20261122-120000000-bbbbbb', '20261122-100000000-aaaaaa'],
    });
    expect(after.cells[0]?.accuracy).toBeGreaterThan((before?.accuracy ?? 1) + 0.2);
  });

  it('a killed evaluation is not running, whatever it wrote last; its answers count', async () => {
    const root = project();
    const run = '20261122-100000000-aaaaaa';
    const cells = [{ model: 'base', setting: 'closed_book' as const, rate: 0.5 }];
    await writeEvaluation({ root, run, documents, perDocument: 2, samples: 1, cells, answered: 5, state: 'running' });
    const dir = join(root, '.smt/runs', run);
    const status = { ...JSON.parse(readFileSync(join(dir, 'status.json'), 'utf8')), host: hostname() };
    writeFileSync(join(dir, 'status.json'), JSON.stringify(status));
    const child = spawn(process.execPath, ['--eval', '']);
    await recordProcess(dir, child.pid ?? 0);
    await once(child, 'exit');
    expect((await report(root)).cells[0]).toMatchObject({ questions: 5, live: false });
  });

  it('lines that are appended while a job runs are taken in, a torn one when it is whole', async () => {
    const root = project();
    const run = '20261122-100000000-aaaaaa';
    const cells = [{ model: 'base', setting: 'closed_book' as const, rate: 0.5 }];
    await writeEvaluation({ root, run, documents, perDocument: 2, samples: 1, cells, answered: 5, state: 'running' });
    const followed = new Report(projectPaths(root), async () => null);
    const partial = await followed.summary();
    expect(partial.cells[0]).toMatchObject({ questions: 5, questions_total: 40, live: true });
    const scores = join(root, '.smt/runs', run, 'out/eval/scores.jsonl');
    const more =
      readFileSync(scores, 'utf8')
        .split('\n')[0]
        ?.replace(/"question":"[^"]*"/, '"question":"made/document-019.md#1"') ?? '';
    appendFileSync(scores, more.slice(0, 40));
    expect((await followed.summary()).revision).toBe(partial.revision);
    appendFileSync(scores, `${more.slice(40)}\n`);
    const next = await followed.summary();
    expect(next.cells[0]?.questions).toBe(6);
    expect(next.revision).toBeGreaterThan(partial.revision);
  });

  it('a file that is replaced whole is read again, whatever its size', async () => {
    const root = project();
    const run = '20261122-100000000-aaaaaa';
    const cells = [{ model: 'base', setting: 'closed_book' as const, rate: 0.5 }];
    await writeEvaluation({ root, run, documents, perDocument: 2, samples: 1, cells });
    const followed = new Report(projectPaths(root), async () => null);
    const before = await followed.summary();
    const scores = join(root, '.smt/runs', run, 'out/eval/scores.jsonl');
    const flipped = readFileSync(scores, 'utf8').replaceAll('"correct":1', '"correct":0');
    writeFileSync(`${scores}.tmp`, flipped);
    renameSync(`${scores}.tmp`, scores);
    const after = await followed.summary();
    expect(before.cells[0]?.accuracy).toBeGreaterThan(0);
    expect(after.cells[0]).toMatchObject({ accuracy: 0, questions: 40 });
  });

  it('a line that is no score is a warning with its place, and the rest counts', async () => {
    const root = project();
    const run = '20261122-100000000-aaaaaa';
    const cells = [{ model: 'base', setting: 'closed_book' as const, rate: 0.5 }];
    await writeEvaluation({ root, run, documents, perDocument: 1, samples: 1, cells });
    const scores = join(root, '.smt/runs', run, 'out/eval/scores.jsonl');
    writeFileSync(scores, `{"v":9}\nnot json\n${readFileSync(scores, 'utf8')}`);
    const { warnings, cells: found } = await report(root);
    expect(found[0]?.questions).toBe(20);
    expect(warnings.join('\n')).toMatch(/scores\.jsonl, line 1: version 9 is newer/);
    expect(warnings.join('\n')).toMatch(/scores\.jsonl, line 2: not JSON/);
  });
});

describe('differences are shown only where they mean something', () => {
  it.each([
    ['engine', { engine: 'builtin' }, /engine .*builtin/],
    ['dtype', { dtype: 'bfloat16' }, /dtype/],
    ['recipe', { recipe: 'recipe-2' }, /prompt, sampling or judge/],
  ])('another %s: the reason and what to do instead', async (_, key, reason) => {
    const root = project();
    await writeEvaluation({
      root,
      run: '20261122-100000000-aaaaaa',
      documents,
      perDocument: 2,
      samples: 1,
      cells: [
        { model: 'base', setting: 'rag', rate: 0.4 },
        { model: 'run-1', setting: 'closed_book', rate: 0.6, key },
      ],
    });
    const [comparison, ...others] = (await report(root)).comparisons;
    expect(others).toEqual([]);
    expect(comparison).toMatchObject({ kind: 'not_comparable', about: 'beats_rag', hint: expect.any(String) });
    if (comparison?.kind === 'not_comparable') expect(comparison.reason).toMatch(reason);
  });

  it('two retrieval settings are not compared with each other', async () => {
    const root = project();
    await writeEvaluation({
      root,
      run: '20261122-100000000-aaaaaa',
      documents,
      perDocument: 2,
      samples: 1,
      cells: [
        { model: 'base', setting: 'rag', rate: 0.4 },
        { model: 'run-1', setting: 'rag', rate: 0.6, key: { retrieval: 'index-2' } },
      ],
    });
    const [comparison] = (await report(root)).comparisons;
    expect(comparison).toMatchObject({ kind: 'not_comparable', reason: expect.stringContaining('retrieval') });
  });

  it('missing cells: what is there is shown, nothing is invented', async () => {
    const root = project();
    expect(await report(root)).toMatchObject({ cells: [], fours: [], comparisons: [], scaling: [], warnings: [] });
    writeTraining(root, 'run-1', 1e6);
    await writeEvaluation({
      root,
      run: '20261122-100000000-aaaaaa',
      documents: documents.slice(0, 1),
      perDocument: 1,
      samples: 1,
      cells: [{ model: 'run-1', setting: 'closed_book', rate: 0.5 }],
    });
    const summary = await report(root);
    expect(summary.cells[0]).toMatchObject({ ci95: null, not_enough: expect.stringContaining('one question') });
    expect(summary.fours[0]).toMatchObject({ base_closed_book: null, base_rag: null, comparisons: [] });
    expect(summary.scaling[0]).toMatchObject({ rag: null, fit: { kind: 'not_enough' } });
    expect(JSON.stringify(summary)).not.toMatch(/NaN|null,null/);
  });

  it('a model of an endpoint stands alone: nothing was trained from it here', async () => {
    const root = project();
    await writeEvaluation({
      root,
      run: '20261122-100000000-aaaaaa',
      documents,
      perDocument: 2,
      samples: 1,
      cells: [
        { model: 'endpoint:builtin/tiny', setting: 'closed_book', rate: 0.3 },
        { model: 'endpoint:builtin/tiny', setting: 'rag', rate: 0.5 },
        { model: 'endpoint:builtin/tiny', setting: 'closed_book', rate: 0.3, key: { recipe: 'recipe-2' } },
      ],
    });
    const summary = await report(root);
    expect(summary.fours).toHaveLength(1);
    expect(summary.fours[0]).toMatchObject({ base: 'endpoint:builtin/tiny', model: null, trained_rag: null });
    expect(summary.comparisons.map(({ about, kind }) => `${about} ${kind}`)).toEqual(['rag delta']);
    expect(reportText(summary, 'markdown')).toContain('closed-book (worker:transformers, recipe recipe)');
  });

  it('an intermediate checkpoint is no point of the curve', async () => {
    const root = project();
    writeTraining(root, 'run-1', 1e6);
    await writeEvaluation({
      root,
      run: '20261122-100000000-aaaaaa',
      documents,
      perDocument: 1,
      samples: 1,
      cells: ['run-1', 'run-1@100'].map((model) => ({ model, setting: 'closed_book' as const, rate: 0.5 })),
    });
    expect((await report(root)).scaling[0]?.points.map(({ model }) => model)).toEqual(['run-1']);
  });
});

describe('answers', () => {
  it('filters by how two cells answered, by type, document and words; the counts stay', async () => {
    const root = project();
    await writeStudy(root, documents);
    const made = new Report(projectPaths(root), async () => null);
    const { fours } = await made.summary();
    const four = fours.find(({ trained_rag }) => trained_rag);
    const book = await made.book();
    const [first, second] = [four?.trained_closed_book ?? '', four?.base_rag ?? ''];
    const all = answerPage(book, { first, second }, 0, 500);
    expect(all.total).toBe(100);
    expect(Object.values(all.outcomes).reduce((sum, count) => sum + count, 0)).toBe(100);
    const won = answerPage(book, { first, second, outcomes: ['right_wrong'] }, 0, 500);
    expect(won.total).toBe(all.outcomes.right_wrong);
    expect(won.outcomes).toEqual(all.outcomes);
    for (const row of won.rows) expect((row.first?.right ?? 0) * 2).toBeGreaterThan(row.first?.n ?? 0);
    expect(answerPage(book, { first, second, document: 'document-003.md' }, 0, 500).total).toBe(5);
    expect(answerPage(book, { first, second, text: 'document-003 zyxquestion' }, 0, 2)).toMatchObject({
      total: 5,
      offset: 0,
    });
    expect(
      answerPage(book, { first, second, unparsed: true }, 0, 500).rows.every(
        (row) => (row.first?.unparsed ?? 0) + (row.second?.unparsed ?? 0) > 0,
      ),
    ).toBe(true);
    const cells = book.cells.filter(({ id }) => id === first || id === second);
    const byDocument = breakdown(book, cells, 'document');
    expect(byDocument).toHaveLength(20);
    expect(byDocument[0]?.cells[0]).toMatchObject({ questions: 5, ci95: expect.any(Array) });
    expect(breakdown(book, cells, 'type').map(({ name }) => name)).toEqual(['hard', 'plain']);
  });
});

const milliseconds = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

describe('size: 5,000 questions × 8 answers × 4 cells', () => {
  it('the first summary takes under a second, a page of answers a few milliseconds', async () => {
    const root = project();
    await writeEvaluation({
      root,
      run: '20261122-100000000-aaaaaa',
      documents: madeDocuments(250),
      perDocument: 20,
      samples: 8,
      cells: [
        { model: 'base', setting: 'closed_book', rate: 0.4 },
        { model: 'base', setting: 'rag', rate: 0.6 },
        { model: 'run-1', setting: 'closed_book', rate: 0.65 },
        { model: 'run-1', setting: 'rag', rate: 0.7 },
      ],
    });
    const made = new Report(projectPaths(root), async () => null);
    // Processor time: this machine may be busy with other things.
    const begin = process.cpuUsage();
    const { cells, answers } = await made.summary();
    const first = milliseconds(begin);
    expect(answers).toBe(160_000);
    const book = await made.book();
    const pages = process.cpuUsage();
    answerPage(book, { first: cells[0]?.id, second: cells[2]?.id, text: 'zyxquestion 7' }, 0, 100);
    const page = milliseconds(pages);
    const again = process.cpuUsage();
    await made.summary();
    const unchanged = milliseconds(again);
    console.info(
      `first summary ${first.toFixed(0)} ms, a page ${page.toFixed(1)} ms, unchanged ${unchanged.toFixed(1)} ms`,
    );
    expect(page).toBeLessThan(200);
    expect(unchanged).toBeLessThan(200);
    expect(first).toBeLessThan(2_000);
  }, 60_000);
});
