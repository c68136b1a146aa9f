// @vitest-environment happy-dom
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { readReport } from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { OPEN, TRAINED, writeFewDocuments } from './fewDocuments.ts';
import { openResultsPage } from './openResultsPage.ts';

const root = mkdtempSync(join(tmpdir(), 'smt-readable-page-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('the Results page: names people understand, distinct marks, and one curve for those that have no line', async () => {
  await writeFewDocuments(root);
  const { app, close } = await openResultsPage(root, await readReport(projectPaths(root), null));
  const verdict = await vi.waitFor(() => {
    const found = app.shadowRoot?.querySelector('smt-verdict')?.shadowRoot;
    if (!found?.querySelector('tbody tr')) throw new Error('not drawn yet');
    return found;
  });
  const said = [...verdict.querySelectorAll('p.covers')].map((one) => one.textContent ?? '');
  expect(said.filter((text) => text.includes(TRAINED))).toEqual([
    expect.stringContaining(`exp-mixed, seed 0: run ${TRAINED}; student trained on 16,888 tokens`),
  ]);
  const tables = [...verdict.querySelectorAll('table')].map((one) => one.textContent ?? '').join();
  expect(tables).toContain('exp-mixed, seed 0 closed-book − Base closed-book');
  expect(tables).not.toContain(TRAINED);
  expect(tables).not.toContain(OPEN);
  // Below the four cells: how all of them were asked; then passages and few documents, each with its own mark.
  expect(said[0]).toMatch(/^All cells: /);
  const marks = said.slice(1, 3).map((text) => text.split(' ')[0]);
  expect(new Set(marks)).toEqual(new Set(['*', '†']));
  const [curve, ...more] = verdict.querySelectorAll('smt-scaling');
  expect(more).toEqual([]);
  const sentences = [...(curve?.shadowRoot?.querySelectorAll('p.said') ?? [])].map((one) => one.textContent ?? '');
  expect(sentences).toEqual([
    expect.stringMatching(/^No line: 1 of at least 4 token budgets/),
    'The same holds of likelihood sum, likelihood token, likelihood corrected.',
  ]);
  expect(curve?.shadowRoot?.querySelector('section')?.getAttribute('aria-label')).toMatch(
    /exp-mixed, written answers$/,
  );
  close();
});
