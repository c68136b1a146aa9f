import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Benchmark } from '../../../src/contract/benchmark.ts';
import { type OpenedCorpus, openCorpus, openTokenCounter } from '../../../src/engine/corpus/index.ts';
import { readBenchmarkQuestions } from '../../../src/engine/eval/benchmarkQuestions.ts';
import { projectPaths } from '../../../src/engine/project/paths.ts';

const root = join(__dirname, '../../../sample-corpus');
const scratch = mkdtempSync(join(tmpdir(), 'smt-sample-'));

/** Without case, line breaks and other differences that a reader does not see. */
const plain = (text: string) => text.toLowerCase().replace(/\s+/g, ' ');

let corpus: OpenedCorpus;
const texts = new Map<string, string>();
const counter = openTokenCounter({
  student: { model: 'none/none' },
  root,
  cacheDir: scratch,
  env: { HF_HOME: scratch },
});

beforeAll(async () => {
  corpus = await openCorpus({
    // The sample corpus stays as it is: the cache goes elsewhere.
    paths: { ...projectPaths(root), corpus: join(scratch, 'corpus') },
    config: { include: ['**/*.{md,txt,html,pdf,docx,epub}'], exclude: [], max_file_mb: 64 },
    windowTokens: 12_000,
    windowOverlapTokens: 200,
    counter: await counter,
  });
  for (const { id } of corpus.documents) texts.set(id, plain(await corpus.text(id)));
}, 120_000);
afterAll(async () => (await counter).close());

describe('the sample corpus', () => {
  test('has seven documents of 400 to 1,500 words in all six formats, and all are read', () => {
    expect(corpus.unreadable).toEqual([]);
    expect(corpus.documents).toHaveLength(7);
    expect(new Set(corpus.documents.map(({ format }) => format))).toEqual(
      new Set(['md', 'txt', 'html', 'pdf', 'docx', 'epub']),
    );
    for (const [id, text] of texts) {
      const words = text.split(' ').length;
      expect(words, id).toBeGreaterThan(400);
      expect(words, id).toBeLessThan(1500);
    }
  });

  test('every document has a title of its own, not a file name', () => {
    expect(corpus.documents.map(({ title }) => title)).toEqual([
      'A Short History of Osmerrow',
      'Feasts and Tales of Osmerrow',
      'The Lighthouse on Gannet Stack',
      "The Museum of Tides: A Visitor's Guide",
      'Nature Notes of Vennay',
      'Osmerrow Saltworks Cooperative: Annual Report 2024',
      'The Vennay Ferry Company',
    ]);
  });

  test('its PDF, DOCX and EPUB are what the generator makes of their sources, byte for byte', () => {
    const fresh = mkdtempSync(join(tmpdir(), 'smt-sample-build-'));
    execFileSync(process.execPath, [join(__dirname, '../../../scripts/sample-corpus/build.mjs'), fresh]);
    for (const file of [
      'saltworks-annual-report-2024.pdf',
      'museum-of-tides-guide.docx',
      'feasts-and-tales-of-osmerrow.epub',
    ])
      expect(readFileSync(join(fresh, file)).equals(readFileSync(join(root, file))), file).toBe(true);
  });
});

describe('its benchmark', () => {
  const benchmark = Benchmark.parse(parse(readFileSync(join(root, 'benchmarks/osmerrow.yaml'), 'utf8')));
  const multipleChoice = benchmark.questions.filter(({ choices }) => choices);

  test('has at least 64 questions, about half of them multiple choice', () => {
    expect(benchmark.questions.length).toBeGreaterThanOrEqual(64);
    expect(multipleChoice.length / benchmark.questions.length).toBeCloseTo(0.5, 1);
  });

  test('every answer stands in the document that its question names', () => {
    const missing = benchmark.questions.filter(
      ({ answer, document, derived }) => !derived && !texts.get(document ?? '')?.includes(plain(answer)),
    );
    expect(missing).toEqual([]);
  });

  test('every wrong choice is a word of the corpus too, so familiarity alone does not answer', () => {
    const all = [...texts.values()].join(' ');
    const strange = multipleChoice
      .flatMap(({ choices }) => choices ?? [])
      .filter((choice) => !all.includes(plain(choice)));
    expect(strange).toEqual([]);
  });

  test('the right choice stands at each of the four places about equally often', () => {
    const places = [0, 0, 0, 0];
    for (const { choices, answer } of multipleChoice) {
      expect(choices).toHaveLength(4);
      const place = choices?.indexOf(answer) ?? -1;
      places[place] = (places[place] ?? 0) + 1;
    }
    expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
  });

  test('no question is a sentence of the corpus', () => {
    const all = [...texts.values()].join(' ');
    expect(benchmark.questions.filter(({ question }) => all.includes(plain(question)))).toEqual([]);
  });

  test('the leak gate reads every question with its line', async () => {
    const { questions, problems } = await readBenchmarkQuestions({
      root,
      globs: ['benchmarks/**/*.{yaml,yml,csv,jsonl}'],
    });
    expect(problems).toEqual([]);
    expect(questions.map(({ question }) => question)).toEqual(benchmark.questions.map(({ question }) => question));
    const lines = readFileSync(join(root, 'benchmarks/osmerrow.yaml'), 'utf8').split('\n');
    for (const { id, line } of questions) expect(lines[line - 1]).toContain(`id: ${id}`);
  });
});
