import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Footnotes } from '../../../src/contract/footnotes.ts';
import { modelLines } from '../../../src/contract/modelLines.ts';
import type { ResultsSummary } from '../../../src/contract/results.ts';
import { scalingGroups } from '../../../src/contract/scalingGroups.ts';
import {
  cellNotes,
  cellReports,
  cellTable,
  comparisonText,
  Report,
  readReport,
  reportPage,
  reportText,
  scalingName,
} from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import {
  type MadeCell,
  madeDocuments,
  writeEvaluation,
  writeTraining,
} from '../../fixtures/evaluation/madeEvaluation.ts';
import { OPEN, RAG, TRAINED, writeFewDocuments } from './fewDocuments.ts';

const scratch: string[] = [];
const project = () => {
  const root = mkdtempSync(join(tmpdir(), 'smt-readable-'));
  scratch.push(root);
  return root;
};
afterAll(() => {
  for (const root of scratch) rmSync(root, { recursive: true, force: true });
});

describe('a report that a person reads', () => {
  const root = project();
  let summary: ResultsSummary;
  beforeAll(async () => {
    await writeFewDocuments(root);
    summary = await readReport(projectPaths(root), null);
  });
  const text = () => {
    const footnotes = new Footnotes();
    const { rows, below, notes } = cellTable(summary, footnotes);
    const differences = summary.comparisons.map((one) => comparisonText(one, footnotes));
    return { rows, below, notes, differences, more: footnotes.lines() };
  };

  it('names a trained model by its training set and seed, and says below which run and which base that is', () => {
    const { rows, below, differences } = text();
    expect(new Set(rows.slice(1).map((row) => row[1]))).toEqual(new Set(['base', 'exp-mixed, seed 0']));
    expect(rows.flat().join() + differences.join()).not.toContain(TRAINED);
    expect(differences[0]).toMatch(/^exp-mixed, seed 0 closed-book − base \+ RAG on osmerrow: /);
    expect(below).toContain('base: student; answered by worker:transformers, float32');
    expect(below).toContain(
      `exp-mixed, seed 0: run ${TRAINED}; student trained on 16,888 tokens (8,444 × 2 epochs); answered by worker:transformers, float32`,
    );
  });

  it('keeps the id that --model takes in every record, with the name beside it', () => {
    const row = cellReports(summary).find(({ model }) => model !== 'base');
    expect(row).toMatchObject({ model: TRAINED, model_name: 'exp-mixed, seed 0' });
    expect(reportText(summary, 'csv')).toContain(`,${TRAINED},`);
  });

  it('says of each difference by a mark, not by a sentence, that its interval is rough', () => {
    const { below, differences, more } = text();
    const rough = below.find((line) => line.includes('only 7 documents')) ?? '';
    const [mark = ''] = rough.split(' ');
    expect(rough).toBe(`${mark} only 7 documents: the interval is rough and rather too narrow`);
    expect(differences.filter((line) => line.includes(` ${mark}, p`)).length).toBe(differences.length);
    expect(differences.join()).not.toContain('rough');
    expect(more).toEqual([]);
    const [gain] = summary.comparisons;
    expect(gain).toMatchObject({ ci95_note: expect.stringContaining('only 7 documents') });
    expect(gain).not.toHaveProperty('note');
  });

  it('says a note once for a class of cells', () => {
    expect(text().notes).toEqual([`4 cells scored by generate: ${OPEN}`, `8 cells with RAG: ${RAG}`]);
    expect(summary.cells.filter(({ notes = [] }) => notes.includes(RAG))).toHaveLength(8);
  });

  it('names the scorings of curves and says once why none of them has a line', () => {
    expect(summary.scaling).toHaveLength(4);
    const groups = scalingGroups(summary.scaling);
    expect(groups.map(scalingName)).toEqual([
      'osmerrow closed-book, exp-mixed, scored by generate, likelihood sum, likelihood token, likelihood corrected',
    ]);
    expect(reportText(summary, 'markdown').match(/no fit:/g)).toHaveLength(1);
  });

  it('reads the same on the page for a browser', async () => {
    const answers = { chosen: '', details: [] };
    const book = await new Report(projectPaths(root), async () => null).book();
    const page = reportPage({ name: 'p', at: new Date(0), summary, book, titles: new Map(), answers });
    expect(page.match(/no fit:/g)).toHaveLength(1);
    // The run's id stands where the names are explained, and nowhere else.
    expect(page.split(TRAINED)).toHaveLength(2);
    const [verdict = ''] = page.split('<h2>Scaling</h2>');
    const [, four = ''] = verdict.split('<h3>');
    const marks = [...four.matchAll(/<p class="covers footnote">(\S+) .*?<\/p>/g)].map(([, mark]) => mark);
    // What holds of all four is said first; each other note has a mark of its own.
    expect(marks[0]).toBe('All');
    expect(new Set(marks.slice(0, 3)).size).toBe(3);
    expect(four.match(/Choices were not shown/g)).toHaveLength(1);
  });
});

describe('names of models', () => {
  it('the time tells two trainings on one set apart, the run id those of one time; a checkpoint says its step', async () => {
    const root = project();
    for (const run of ['run-1', 'run-2']) writeTraining(root, run, 1000, 3, 'main');
    writeTraining(root, 'run-3', 1000, 4, 'main');
    const models = ['base', 'run-1', 'run-2', 'run-3', 'run-3@100', 'gone', 'endpoint:box/tiny'];
    const cells = models.map((model): MadeCell => ({ model, setting: 'closed_book', rate: 0.5 }));
    await writeEvaluation({ root, run: 'e', documents: madeDocuments(4), perDocument: 2, samples: 1, cells });
    const summary = await readReport(projectPaths(root), null);
    const names = new Map(summary.models.map(({ model, name }) => [model, name]));
    expect(Object.fromEntries(names)).toEqual({
      base: 'base',
      'run-1': 'main, seed 3, run run-1',
      'run-2': 'main, seed 3, run run-2',
      'run-3': 'main, seed 4',
      'run-3@100': 'main, seed 4 at step 100',
      gone: 'gone',
      'endpoint:box/tiny': 'box/tiny',
    });
    expect(modelLines(summary.models).find((line) => line.includes('step 100'))).toContain('trained on a part of');
    const [one] = summary.models;
    expect(one?.model).toBe('base');
  });
});

describe('classes of cells', () => {
  const cell = (benchmark: string, model: string, scoring: 'generate' | 'likelihood_sum', notes: string[]) => ({
    ...{ benchmark, model, scoring, setting: 'closed_book' as const, notes },
  });
  const notesOf = ({ notes }: { notes: string[] }) => notes;
  const all = ['one', 'two'].flatMap((benchmark) =>
    ['base', 'a', 'b'].map((model) => cell(benchmark, model, 'generate', [])),
  );

  it('what holds of all cells names none, what holds of two names both, and a class has its smallest name', () => {
    const noted = (fits: (each: (typeof all)[number]) => boolean) =>
      cellNotes(
        all.map((each) => ({ ...each, notes: fits(each) ? ['So.'] : [] })),
        notesOf,
      );
    expect(noted(() => true)).toEqual(['So.']);
    expect(noted(({ model }) => model === 'a')).toEqual([
      'one, a closed-book, generate; two, a closed-book, generate: So.',
    ]);
    expect(noted(({ benchmark }) => benchmark === 'one')).toEqual(['3 cells on one: So.']);
    expect(noted(({ model }) => model !== 'a')).toEqual(['4 cells of base or b: So.']);
    // No class of its own: still counted, with all that can be said of it.
    const [odd = ''] = noted(({ benchmark, model }) => benchmark === 'one' || model === 'a');
    expect(odd).toBe('4 cells scored by generate closed-book on one or two of base or a or b: So.');
  });
});

describe('footnotes', () => {
  it('equal notes share a mark, different ones never do, however many; each line is told once', () => {
    const footnotes = new Footnotes();
    const marks = Array.from({ length: 12 }, (_, at) => footnotes.mark(`note ${at}`));
    expect(marks.slice(0, 6)).toEqual(['*', '†', '‡', '§', '¶', '**']);
    expect(new Set(marks).size).toBe(12);
    expect(footnotes.mark('note 1')).toBe('†');
    expect(footnotes.mark(undefined)).toBe('');
    expect(footnotes.lines()).toHaveLength(12);
    expect(footnotes.lines()).toEqual([]);
    expect(footnotes.after('note 2', undefined, 'note 0')).toBe(' * ‡');
  });
});
