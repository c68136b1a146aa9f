import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { financeBench } from '../../../src/engine/eval/benchmarks/financeBench.ts';
import { placeQuestions } from '../../../src/engine/eval/benchmarks/placeQuestions.ts';
import { quality } from '../../../src/engine/eval/benchmarks/quality.ts';
import { squad } from '../../../src/engine/eval/benchmarks/squad.ts';
import { readLabels } from '../../../src/engine/eval/judge/labels.ts';
import { folder, scan } from '../corpus/fixtures.ts';

// Public benchmark files that may not be redistributed: tested where a checkout has them beside it.
const data = join(__dirname, '../../../../shared/data');
const present = existsSync(data);
if (!present) console.warn(`Real benchmarks: skipped, ${data} is not there.`);
const read = (path: string) => readFileSync(join(data, path), 'utf8');

describe.skipIf(!present)('real benchmark files', () => {
  test('QuALITY: 150 questions on 11 articles, each placed in the corpus', async () => {
    const { questions, problems } = quality(read('quality/quality-11.jsonl'), 'quality-11.jsonl');
    expect([questions.length, problems]).toEqual([150, []]);
    const root = folder();
    copyFileSync(join(data, 'quality/quality-11.jsonl'), join(root, 'quality-11.jsonl'));
    const placed = await placeQuestions('quality', 'all', questions, await scan(root));
    expect(placed.filter(({ document }) => document === null)).toEqual([]);
    expect(new Set(placed.map(({ cluster }) => cluster)).size).toBe(11);
  });

  test('FinanceBench: 150 questions; those on the filings that are there have evidence on the right page', async () => {
    const { questions, problems } = financeBench(read('financebench/financebench_open_source.jsonl'), 'f.jsonl');
    expect([questions.length, problems]).toEqual([150, []]);
    const names = ['AMCOR_2023Q4_EARNINGS', 'BESTBUY_2024Q2_10Q', 'FOOTLOCKER_2022_8K_dated_2022-08-19'];
    const root = folder();
    for (const name of names) copyFileSync(join(data, `financebench/pdfs/${name}.pdf`), join(root, `${name}.pdf`));
    const corpus = await scan(root);
    const placed = await placeQuestions('finance', 'all', questions, corpus);
    const here = placed.filter(({ document }) => document !== null);
    const wanted = questions.filter(({ group }) => names.includes(group ?? ''));
    expect(wanted.length).toBeGreaterThan(3);
    expect(here.map(({ id }) => id)).toEqual(wanted.map(({ id }) => `finance/${id}`));
    for (const [index, { document, evidence }] of here.entries()) {
      const pages = corpus.documents.find(({ id }) => id === document)?.pages ?? [];
      const hinted = wanted[index]?.evidence ?? [];
      expect(evidence).toHaveLength(hinted.length);
      for (const [at, { start, end }] of (evidence ?? []).entries()) {
        const page = hinted[at]?.page ?? -1;
        expect(start).toBeGreaterThanOrEqual(pages[page] ?? Number.POSITIVE_INFINITY);
        expect(end).toBeLessThanOrEqual(pages[page + 1] ?? Number.POSITIVE_INFINITY);
        expect(end).toBeGreaterThan(start);
      }
    }
    // Questions of filings that are not in the corpus cluster by filing all the same.
    expect(new Set(placed.map(({ cluster }) => cluster)).size).toBe(84);
  }, 240_000);

  test('SQuAD: 974 short answers', () => {
    const { questions, problems } = squad(read('squad/squad_val_200.json'), 's.json');
    expect([questions.length, problems]).toEqual([974, []]);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(974);
  });

  test('FinanceBench: 6 × 150 answers that people have graded', () => {
    const files = ['closedBook', 'oracle', 'sharedStore', 'singleStore'].map((mode) => `gpt-4-1106-preview_${mode}`);
    const labels = [...files, 'llama2_sharedStore', 'llama2_singleStore'].map((name) => {
      const { labels, problems } = readLabels(read(`financebench/results/${name}.jsonl`), name);
      expect(problems).toEqual([]);
      return labels;
    });
    // Right answers as counted by those who published them.
    expect(labels.map((each) => each.filter(({ label }) => label).length)).toEqual([14, 128, 29, 75, 29, 62]);
    expect(labels.flat()).toHaveLength(900);
  });
});
