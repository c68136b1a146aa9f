import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenedCorpus } from '../../../src/engine/corpus/index.ts';
import { readBenchmarkQuestions } from '../../../src/engine/eval/benchmarkQuestions.ts';
import { folder, scan } from './fixtures.ts';

// Public benchmark files that may not be redistributed: tested where a checkout has them beside it.
const data = join(__dirname, '../../../../shared/data');
const present = existsSync(data);
if (!present) console.warn(`Real documents: skipped, ${data} is not there.`);

function rows(path: string): Record<string, unknown>[] {
  return readFileSync(join(data, path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe.skipIf(!present)('QuALITY', () => {
  test('eleven articles, their questions nowhere in the texts, read as a benchmark at the same time', async () => {
    const root = folder({});
    copyFileSync(join(data, 'quality/quality-11.jsonl'), join(root, 'quality-11.jsonl'));
    const corpus = await scan(root);
    expect(corpus.unreadable).toEqual([]);
    expect(corpus.documents).toHaveLength(11);
    const { questions } = await readBenchmarkQuestions({ root, globs: ['*.jsonl'] });
    expect(questions.length).toBeGreaterThan(100);
    for (const [at, row] of rows('quality/quality-11.jsonl').entries()) {
      const document = corpus.documents[at];
      expect(document).toMatchObject({ id: `quality-11.jsonl#${row.article_id}`, title: row.title });
      expect(document?.metadata.author ?? '').toBe(row.author);
      const text = await corpus.text(document?.id ?? '');
      expect(text).toBe(row.article);
      expect(questions.filter(({ question }) => text.includes(question))).toEqual([]);
    }
  });
});

describe.skipIf(!present)('a filing of 99 pages', () => {
  const name = 'ADOBE_2022_10K';
  let corpus: OpenedCorpus;
  let text: string;
  let root: string;
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'smt-filing-'));
    copyFileSync(join(data, `financebench/pdfs/${name}.pdf`), join(root, `${name}.pdf`));
    corpus = await scan(root);
    text = await corpus.text(`${name}.pdf`);
  }, 120_000);

  /** Words of four letters and more: what two extractors of the same page agree on, whatever their spaces and columns. */
  const words = (page: string) => new Set(page.toLowerCase().match(/[a-z]{4,}/g) ?? []);

  test('has 99 pages, in order, within the text', () => {
    const pages = corpus.documents[0]?.pages ?? [];
    expect(pages).toHaveLength(99);
    expect(pages[0]).toBe(0);
    expect(pages.every((offset, at) => at === 0 || offset > (pages[at - 1] ?? 0))).toBe(true);
    expect(pages.at(-1)).toBeLessThan(text.length);
  });

  test('each page that the benchmark quotes is found at its offset, by its words and by its figures', () => {
    const pages = corpus.documents[0]?.pages ?? [];
    const evidence = rows('financebench/financebench_open_source.jsonl')
      .filter((row) => row.doc_name === name)
      .flatMap((row) => (Array.isArray(row.evidence) ? row.evidence : []));
    expect(evidence.length).toBeGreaterThan(1);
    for (const { evidence_page_num: number, evidence_text_full_page: full } of evidence) {
      const share = pages.map((start, at) => {
        const page = words(text.slice(start, pages[at + 1] ?? text.length));
        const wanted = [...words(full)];
        return wanted.filter((word) => page.has(word)).length / wanted.length;
      });
      // The benchmark counts pages from 0.
      expect(share[number]).toBeGreaterThan(0.97);
      expect(share.indexOf(Math.max(...share))).toBe(number);
      const page = text.slice(pages[number], pages[number + 1]);
      const figures: string[] = full.match(/\d{1,3}(,\d{3})+/g) ?? [];
      expect(figures.filter((figure) => !page.includes(figure))).toEqual([]);
    }
  });

  test('its windows cover it', async () => {
    const windows = await corpus.windows(`${name}.pdf`);
    expect(windows.length).toBeGreaterThan(5);
    expect(windows.every(({ tokens }) => tokens <= 12_000)).toBe(true);
    expect(text.slice(0, windows[0]?.start).trim()).toBe('');
    for (const [at, { start }] of windows.slice(1).entries()) expect(start).toBeLessThanOrEqual(windows[at]?.end ?? 0);
    expect(text.slice(windows.at(-1)?.end).trim()).toBe('');
  });
});
