// @vitest-environment happy-dom
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { answer } from '../../../src/contract/rpcConnection.ts';
import { importLogs } from '../../../src/engine/eval/imported/index.ts';
import { readReport } from '../../../src/engine/eval/report/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { openResultsPage } from './openResultsPage.ts';

const project = mkdtempSync(join(tmpdir(), 'smt-imported-page-'));
afterAll(() => rmSync(project, { recursive: true, force: true }));
const log = join(import.meta.dirname, '../../fixtures/evaluation/imported/2026-11-25T21-32-58_tiny.json');

describe('imported figures on the Results page', () => {
  it('stand there before anything is evaluated, marked, with their interval, and can be taken out', async () => {
    const paths = projectPaths(project);
    await importLogs(paths.evaluation.imported, [log]);
    const summary = await readReport(paths, null);
    const removed: string[][] = [];
    const { app, close } = await openResultsPage(project, summary, (editor, warn) => {
      answer(
        editor,
        ResultsPage.removeImported,
        async ({ imports }) => {
          removed.push(imports);
          return { said: 'It is out.' };
        },
        warn,
      );
      answer(editor, ResultsPage.export, async () => ({ said: 'The report is saved.' }), warn);
    });
    const page = () => app.shadowRoot?.textContent?.replace(/\s+/g, ' ') ?? '';
    expect(page()).toContain('Nothing is evaluated yet');
    const table = await vi.waitFor(() => {
      const found = app.shadowRoot?.querySelector('smt-imported')?.shadowRoot;
      if (!found?.querySelector('tbody tr')) throw new Error('not drawn yet');
      return found;
    });
    const [row] = table.querySelectorAll('tbody tr');
    expect(row?.textContent?.replace(/\s+/g, ' ')).toMatch(
      /tiny: mockllm\/model imported.* 66\.7 % 50\.0 – 100\.0 documents 9 × 2/,
    );
    const button = (within: ParentNode | null | undefined, label: string) =>
      [...(within?.querySelectorAll('button') ?? [])].find((one) => one.textContent?.trim() === label);
    button(table, 'Take out')?.click();
    await vi.waitFor(() => expect(page()).toContain('It is out.'));
    expect(removed).toEqual([[summary.imported[0]?.import]]);
    button(app.shadowRoot, 'Export…')?.click();
    await vi.waitFor(() => expect(page()).toContain('The report is saved.'));
    expect(button(app.shadowRoot, 'Import…')).toBeDefined();
    close();
  });
});
