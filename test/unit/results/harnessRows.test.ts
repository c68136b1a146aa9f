// @vitest-environment happy-dom
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Report, reportPage, reportText } from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { madeDocuments, writeEvaluation } from '../../fixtures/evaluation/madeEvaluation.ts';
import { type MadeTask, writeTask } from '../../fixtures/evaluation/madeHarness.ts';
import { openResultsPage } from './openResultsPage.ts';

const CAPTION = 'Tasks of lm-evaluation-harness';
const HOSTILE = '<img src=x onerror="alert(1)">|`=1+1';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'smt-harness-rows-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const plain = (text: string | null | undefined) => text?.replace(/\s+/g, ' ').trim() ?? '';

/** Answers of these models to the project's own questions: with them come tables of four cells. */
const answers = (...models: string[]) =>
  writeEvaluation({
    root,
    run: '20261125-100000000-aaaaaa',
    documents: madeDocuments(4),
    perDocument: 3,
    samples: 2,
    cells: models.map((model) => ({ model, setting: 'closed_book', rate: 0.5 })),
  });
let runs = 0;
const task = (model: string, accuracy: number, made: Partial<MadeTask> = {}) =>
  writeTask({ root, run: `20261126-00000000${runs++}-aaaaaa`, model, accuracy, ...made });

interface Seen {
  /** Texts of the fields of a row, of every table of the harness. */
  rows: string[][];
  headings: string[];
  /** The parts of the page that are there, by tag. */
  count(tag: string): number;
  words: string;
}

const seenIn = (within: ParentNode & { textContent: string | null }): Seen => ({
  rows: [...within.querySelectorAll('table')]
    .filter((table) => plain(table.querySelector('caption')?.textContent).endsWith(CAPTION.slice(1)))
    .flatMap((table) => [...table.querySelectorAll('tbody tr')])
    .map((row) => [...row.children].map((field) => plain(field.textContent))),
  headings: [...within.querySelectorAll('h2')].map((one) => plain(one.textContent)),
  count: (tag) => within.querySelectorAll(tag).length,
  words: plain(within.textContent),
});

async function read() {
  const report = new Report(projectPaths(root), async () => null);
  return { summary: await report.summary(), book: await report.book() };
}

/** The verdict of the Results panel. */
async function panel(): Promise<Seen> {
  const { app, close } = await openResultsPage(root, (await read()).summary);
  const verdict = await vi.waitFor(() => {
    const found = app.shadowRoot?.querySelector('smt-verdict')?.shadowRoot;
    if (!found?.querySelector('tbody tr')) throw new Error('not drawn yet');
    return found;
  });
  const seen = seenIn(verdict);
  close();
  return seen;
}

/** The report as one file, as a browser reads it. */
async function page(): Promise<Seen> {
  const text = reportPage({
    ...(await read()),
    name: 'p',
    at: new Date(0),
    titles: new Map(),
    answers: { chosen: '', details: [] },
  });
  return seenIn(new DOMParser().parseFromString(text, 'text/html').body);
}

describe.each([
  ['the Results panel', panel],
  ['the report as one file', page],
])('tasks of the harness in %s', (_, open) => {
  it('have one row for base and trained model, each with the harness’s own standard error and n', async () => {
    await answers('base', 'run-1');
    task('base', 0.5, { stderr: 0.1336, n: 15, limit: 15 });
    task('run-1', 0.75, { stderr: 0.1118, n: 16, limit: 15 });
    const { rows, words } = await open();
    expect(rows).toEqual([
      [
        expect.stringMatching(/^quick ?acc,none; lm-evaluation-harness 0\.4\.13; at most 15 questions/),
        '50.0 % ± 13.4 (n = 15)',
        '75.0 % ± 11.2 (n = 16)',
      ],
    ]);
    expect(words).toContain('questions taken as independent');
    expect(words).toContain('no difference is computed from it');
  });

  it.each<[string, Partial<MadeTask>]>([
    ['hash of the questions', { hash: 'another' }],
    ['limit', { limit: 8 }],
    ['version', { version: '0.4.12' }],
  ])('share no row with another %s: each stands alone, and says so', async (_, base) => {
    await answers('base', 'run-1');
    task('base', 0.5, base);
    task('run-1', 0.75);
    const { rows } = await open();
    expect(rows.map(([, base, trained = '']) => [base, trained])).toEqual(
      expect.arrayContaining([
        ['not asked in this way', '75.0 % ± 10.0 (n = 8)'],
        ['50.0 % ± 10.0 (n = 8)', open === panel ? 'no trained model was asked' : ''],
      ]),
    );
    expect(rows).toHaveLength(2);
  });

  it('of a model that no table of four cells shows stand there all the same', async () => {
    await answers('base', 'run-1');
    task('run-1@20', 0.625);
    const { rows, headings } = await open();
    expect(rows.map((row) => row.slice(1))).toEqual([['not asked in this way', '62.5 % ± 10.0 (n = 8)']]);
    expect(headings).toContain('Guard rail');
  });

  it('of the base are no endpoint’s', async () => {
    await answers('endpoint:fake');
    task('base', 0.5);
    const { rows, headings } = await open();
    expect(rows).toHaveLength(1);
    expect(headings).toContain('Guard rail');
  });

  it('have neither heading nor table where none was asked', async () => {
    await answers('base', 'run-1');
    const { rows, headings, words } = await open();
    expect(rows).toEqual([]);
    expect(headings).not.toContain('Guard rail');
    expect(words).not.toContain('lm-evaluation-harness');
  });

  it('are text, whatever a results file calls them', async () => {
    await answers('base', 'run-1');
    for (const model of ['base', 'run-1'])
      task(model, 0.5, { task: HOSTILE, metric: 'acc,<b>none</b>', version: '<i>0</i>' });
    const { rows, count } = await open();
    expect(rows).toHaveLength(1);
    expect(rows[0]?.[0]).toContain(HOSTILE);
    expect(rows[0]?.[0]).toContain('acc,<b>none</b>');
    expect(rows[0]?.[0]).toContain('<i>0</i>');
    expect(['img', 'b', 'i'].map(count)).toEqual([0, 0, 0]);
  });
});

describe('tasks of the harness in Markdown and CSV', () => {
  it('are text, whatever a results file calls them, and no formula', async () => {
    task('base', 0.5, { task: HOSTILE });
    task('run-1', 0.75, { task: HOSTILE });
    const { summary } = await read();
    const [row, ...more] = reportText(summary, 'markdown')
      .split('\n')
      .filter((line) => line.includes('onerror'));
    expect(more).toEqual([]);
    expect(row).toContain('| &lt;img src=x onerror="alert(1)">\\|`=1+1 |');
    expect(row).toContain('| 50.0 % ± 10.0 (n = 8) | 75.0 % ± 10.0 (n = 8) |');
    task('base', 0.5, { task: '=1+1' });
    expect(reportText((await read()).summary, 'csv')).toMatch(/^'=1\+1,/m);
  });

  it('are left out without a word where none was asked', async () => {
    await answers('base');
    const { summary } = await read();
    for (const format of ['markdown', 'csv'] as const) expect(reportText(summary, format)).not.toContain('harness');
  });
});
