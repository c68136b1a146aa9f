// @vitest-environment happy-dom
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ResultsSummary } from '../../../src/contract/results.ts';
import { writeValidation } from '../../../src/engine/eval/judge/validations.ts';
import { cellReports, Report, reportPage, reportText } from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { madeDocuments, writeEvaluation } from '../../fixtures/evaluation/madeEvaluation.ts';
import { openResultsPage } from './openResultsPage.ts';

const ASKED = 'Likelihoods as the endpoint tells them: prompt and choice joined as one text.';
const project = mkdtempSync(join(tmpdir(), 'smt-asked-'));
const paths = projectPaths(project);
const report = new Report(paths, async () => null);
let summary: ResultsSummary;

beforeAll(async () => {
  await writeEvaluation({
    root: project,
    run: '20261125-100000000-aaaaaa',
    documents: madeDocuments(4),
    perDocument: 3,
    samples: 2,
    cells: [
      { model: 'base', setting: 'closed_book', rate: 0.4 },
      { model: 'base', setting: 'rag', rate: 0.6, notes: [ASKED] },
    ],
  });
  await writeValidation(paths, {
    ...{ v: 1, judge: 'abc', model: 'endpoint:judge/m', prompt: 'p', labels: ['labels.jsonl'], n: 40, at: 1 },
    ...{ agreement: 0.9, kappa: 0.81, kappa_ci95: [0.6, 0.95], table: [20, 2, 2, 16], least_kappa: 0.8 },
  });
  summary = await report.summary();
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('how a cell was asked', () => {
  it('stands beside it in `report --json`, Markdown and the page for a browser', async () => {
    const notes = cellReports(summary).map((cell) => [cell.setting, cell.notes]);
    expect(notes).toEqual([
      ['closed_book', undefined],
      ['rag', [ASKED]],
    ]);
    expect(reportText(summary, 'markdown')).toContain(`- made, base with RAG, generate: ${ASKED}`);
    const book = await report.book();
    const page = reportPage({
      name: 'p',
      at: new Date(0),
      summary,
      book,
      titles: new Map(),
      answers: { chosen: '', details: [] },
    });
    const [row, ...more] = page.match(/<tr>(?:(?!<\/tr>).)*made: base \+ RAG.*?<\/tr>/gis) ?? [];
    expect(more).toEqual([]);
    // A mark in the row, and under the table once what it stands for.
    const mark = /\+ RAG (\S+?)</.exec(row ?? '')?.[1];
    expect(page.split('<h2>All cells</h2>')[1]?.split(`${mark} ${ASKED}`)).toHaveLength(2);
  });

  it('stands in its row of the Results page, and what people say of the judge above the tables', async () => {
    const { app, close } = await openResultsPage(project, summary);
    const verdict = await vi.waitFor(() => {
      const found = app.shadowRoot?.querySelector('smt-verdict')?.shadowRoot;
      if (!found?.querySelector('tbody tr')) throw new Error('not drawn yet');
      return found;
    });
    const [judge, ...others] = verdict.querySelectorAll('section[aria-label="Judge and people"] p');
    expect(others).toEqual([]);
    expect(judge?.textContent).toBe(summary.judges[0]);
    expect(judge?.textContent).toMatch(/40 .*Cohen's κ 0\.81/);
    const rows = [...verdict.querySelectorAll('tbody th[scope="row"]')].map((one) => one.textContent ?? '');
    const note = [...verdict.querySelectorAll('p.covers')].map((one) => one.textContent ?? '');
    const mark = note.find((text) => text.includes(ASKED))?.split(' ')[0] ?? '';
    expect(mark).toMatch(/^[*†‡§¶]$/);
    const noted = rows.filter((text) => text.includes(mark));
    expect(noted.length).toBeGreaterThan(0);
    for (const text of noted) expect(text).toContain('RAG');
    close();
  });
});
