// @vitest-environment happy-dom
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importLogs } from '../../../src/engine/eval/imported/index.ts';
import {
  AnswerLogs,
  exportLmEval,
  Report,
  readReport,
  reportPage,
  sampledAnswers,
} from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { madeDocuments, writeEvaluation, writeStudy } from '../../fixtures/evaluation/madeEvaluation.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/evaluation/imported');
const scratch: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'smt-exports-'));
  scratch.push(made);
  return made;
}
afterAll(() => {
  for (const made of scratch) rmSync(made, { recursive: true, force: true });
});

const documents = madeDocuments(14);
const at = new Date('2026-11-25T10:20:30.456Z');

/** The page of a project and its document; answers as many as asked for. */
async function pageOf(root: string, answers = 0, name = 'Study') {
  const paths = projectPaths(root);
  const report = new Report(paths, async () => 30_000);
  const [summary, book] = [await report.summary(), await report.book()];
  const logs = await AnswerLogs.open(paths);
  const sampled = await sampledAnswers(book, summary, answers, {
    completion: (request) => logs.completion(request),
    document: async (id) => {
      const found = documents.find((document) => document.id === id);
      return found && { title: `Title of ${id}`, text: found.text };
    },
  });
  await logs.close();
  const titles = new Map(documents.map(({ id }) => [id, `Title of ${id}`]));
  const text = reportPage({ name, at, summary, book, titles, answers: sampled });
  const page = new DOMParser().parseFromString(text, 'text/html');
  return { text, page, summary, words: page.body.textContent ?? '' };
}

describe('the report as one file', () => {
  const root = folder();
  beforeAll(async () => {
    await writeStudy(root, documents, { perDocument: 4, samples: 3, log: true });
    await importLogs(projectPaths(root).evaluation.imported, [join(fixtures, '2026-11-25T21-32-58_tiny.json')]);
  });

  it('needs nothing else: no script, no address, no style but its own, and a policy that forbids them', async () => {
    const { text, page } = await pageOf(root, 4);
    expect(page.querySelectorAll('script, link, img, iframe, object, form, base')).toHaveLength(0);
    expect(text).not.toMatch(/\s(?:src|href|on\w+|style)=/i);
    expect(text).not.toMatch(/https?:/);
    const policy = page.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
    const styles = page.querySelector('style')?.textContent ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${hash('sha256', styles, 'base64')}'`);
    expect(policy).not.toContain('unsafe');
    expect(styles).toContain('prefers-color-scheme: dark');
  });

  it('has the four cells, differences, the curve with its table, breakdowns, what was measured and what to know', async () => {
    const { page, words, summary } = await pageOf(root);
    const captions = [...page.querySelectorAll('caption')].map(({ textContent }) => textContent ?? '');
    for (const part of ['Four cells', 'Differences on the same', 'Models of the curve', 'All cells', 'Imported'])
      expect(captions.filter((caption) => caption.startsWith(part)).length, part).toBeGreaterThan(0);
    expect(captions.some((caption) => caption.endsWith('by document'))).toBe(true);
    expect(captions.some((caption) => caption.endsWith('by question type'))).toBe(true);
    expect(words).toContain('worker:transformers, float32');
    expect(words).toContain('It does not cover other training seeds');
    expect(words).toContain('Title of document-003.md');
    for (const warning of summary.warnings) expect(words).toContain(warning);
    const curve = page.querySelector('svg.curve[role="img"]');
    expect(curve?.querySelectorAll('rect.value')).toHaveLength(5);
    expect(curve?.querySelectorAll('.rag, .band, .line, .base').length).toBeGreaterThanOrEqual(4);
    // Coordinates are numbers.
    expect(page.querySelector('main')?.innerHTML).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(words).toContain('No answer is in this file');
  });

  it('every figure stands with an interval', async () => {
    const { page } = await pageOf(root);
    const rows = [...page.querySelectorAll('tbody tr')].filter((row) => row.querySelector('td.figure strong'));
    expect(rows.length).toBeGreaterThan(25);
    for (const row of rows) {
      const interval = row.querySelector('td.figure strong')?.closest('td')?.nextElementSibling?.textContent ?? '';
      expect(interval).toMatch(/^[+−]?\d+\.\d(?:–| to )[+−]?\d+\.\d$/);
    }
  });

  it('without an interval there is no figure, only the reason', async () => {
    const small = folder();
    await writeEvaluation({
      root: small,
      run: '20261122-100000000-aaaaaa',
      documents: documents.slice(0, 1),
      perDocument: 3,
      samples: 1,
      cells: [{ model: 'base', setting: 'closed_book', rate: 0.5 }],
    });
    const { page, words } = await pageOf(small);
    expect(words).toContain('not enough: all questions belong to one document');
    expect(page.querySelectorAll('td.figure strong')).toHaveLength(0);
    expect(page.querySelectorAll('svg.rail')).toHaveLength(0);
  });

  it('a project with nothing in it says so', async () => {
    const { words } = await pageOf(folder());
    expect(words).toContain('Nothing is evaluated in this project yet');
  });

  it('answers are some, chosen by rule, cut, and inert', async () => {
    const { page, words, text } = await pageOf(root, 40, '"><img src=x onerror=alert(1)>');
    expect(page.querySelectorAll('article')).toHaveLength(40);
    expect(words).toContain('disagree, both ways in turn');
    expect(page.querySelectorAll('article .right, article .wrong').length).toBeGreaterThan(6);
    // The made answers hold a tag, the name an attribute: both are text.
    expect(text.includes('&lt;b&gt;at all&lt;/b&gt;')).toBe(true);
    expect(page.querySelectorAll('b, img')).toHaveLength(0);
    expect(page.querySelector('h1')?.textContent).toContain('<img src=x');
  });
});

describe('files of lm-evaluation-harness', () => {
  const root = folder();
  const out = folder();
  beforeAll(async () => {
    await writeStudy(root, documents, { perDocument: 3, samples: 2, log: true });
    const paths = projectPaths(root);
    const report = new Report(paths, async () => null);
    const logs = await AnswerLogs.open(paths);
    await exportLmEval({ summary: await report.summary(), book: await report.book(), at }, out, {
      completion: (request) => logs.completion(request),
      prompt: (request) => logs.prompt(request),
      document: async () => undefined,
    });
    await logs.close();
  });
  const date = '2026-11-25T10-20-30.456';
  const read = (...names: string[]) => JSON.parse(readFileSync(join(out, ...names), 'utf8'));

  it('one results file a model, one task a benchmark and setting, with the keys that the harness itself writes', () => {
    expect(readdirSync(out)).toHaveLength(6);
    expect(readdirSync(join(out, 'base')).sort()).toEqual([
      `results_${date}.json`,
      ...['general_closed_book', 'quality_closed_book', 'quality_rag'].map((task) => `samples_${task}_${date}.jsonl`),
    ]);
    const ours = read('base', `results_${date}.json`);
    const theirs = JSON.parse(readFileSync(join(fixtures, 'results_2026-11-25T21-31-37.929177.json'), 'utf8'));
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    expect(Object.keys(ours.config).sort()).toEqual(Object.keys(theirs.config).sort());
    expect(Object.keys(ours.results.quality_rag)).toEqual(
      Object.keys(theirs.results.tiny_mc).filter((key) => !key.startsWith('acc_norm')),
    );
    for (const part of ['configs', 'versions', 'n-shot', 'higher_is_better', 'n-samples', 'task_hashes'])
      expect(Object.keys(ours[part]).sort()).toEqual(['general_closed_book', 'quality_closed_book', 'quality_rag']);
    expect(ours.configs.quality_rag.metadata.smt).toMatchObject({
      setting: 'rag',
      ci95: [expect.any(Number), expect.any(Number)],
    });
  });

  it('samples have the harness’s fields, hashes over what they name, and their mean is the figure', () => {
    const lines = readFileSync(join(out, 'base', `samples_quality_rag_${date}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [theirs] = readFileSync(join(fixtures, 'samples_tiny_mc_2026-11-25T21-31-37.929177.jsonl'), 'utf8').split(
      '\n',
    );
    expect(Object.keys(lines[0]).sort()).toEqual(
      Object.keys(JSON.parse(theirs ?? ''))
        .filter((key) => key !== 'acc_norm')
        .sort(),
    );
    expect(lines).toHaveLength(42);
    expect(lines.map(({ doc_id }) => doc_id)).toEqual(lines.map((_, index) => index));
    const sha = (text: string) => hash('sha256', text, 'hex');
    for (const { resps, target, target_hash, prompt_hash, arguments: sent } of lines) {
      expect(resps[0]).toHaveLength(2);
      expect(resps[0][0]).not.toBe('');
      expect(target_hash).toBe(sha(target));
      expect(prompt_hash).toBe(sha(sent.gen_args_0.arg_0));
    }
    const mean = lines.reduce((sum, { acc }) => sum + acc, 0) / lines.length;
    expect(read('base', `results_${date}.json`).results.quality_rag['acc,none']).toBeCloseTo(mean, 12);
  });

  it('read in again, they give the same figure over the same documents', async () => {
    const other = projectPaths(folder());
    const { problems } = await importLogs(other.evaluation.imported, [join(out, 'base', `results_${date}.json`)]);
    expect(problems).toEqual([]);
    const [ours, theirs] = [await readReport(projectPaths(root), null), await readReport(other, null)];
    const cell = ours.cells.find(
      ({ benchmark, model, setting }) => benchmark === 'quality' && model === 'base' && setting === 'rag',
    );
    const imported = theirs.imported.find(({ task }) => task === 'quality_rag');
    expect(imported).toMatchObject({ accuracy: cell?.accuracy, questions: cell?.questions, n: 2, ci95: cell?.ci95 });
  });
});
