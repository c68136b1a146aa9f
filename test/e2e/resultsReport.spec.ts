import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testResults } from '../../scripts/testing/repository.ts';
import { madeDocuments, writeStudy } from '../fixtures/evaluation/madeEvaluation.ts';
import { accessibilityProblems } from './accessibility.ts';
import { makeProject } from './samplesPanelProject.ts';
import { panelFrame, useWorkbench } from './workbench.ts';

const logs = join(import.meta.dirname, '../fixtures/evaluation/imported');
const INSPECT = '2026-11-25T21-32-58_tiny.json';

/** A project with an evaluated study and a log that is cut off. */
async function studied(folder: string): Promise<void> {
  await makeProject(folder, 5);
  const made = madeDocuments(12);
  mkdirSync(join(folder, 'more'), { recursive: true });
  for (const { id, text } of made) writeFileSync(join(folder, 'more', id), text);
  const documents = made.map(({ id, text }) => ({ id: `more/${id}`, text }));
  await writeStudy(folder, documents, { perDocument: 4, samples: 3, log: true });
  writeFileSync(join(folder, 'cut.json'), '{"results": {\n"t": {');
}

describe('results out of the panel and into it', () => {
  const workbench = useWorkbench({ prepare: studied, theme: 'dark' });
  let panel: Frame;

  /** The workbench's own file dialog writes its folder into the box once more when it has listed it: what is typed has to stay. */
  async function filePath(path: string): Promise<void> {
    const dialog = workbench.page.locator('.quick-input-widget:visible');
    const box = dialog.locator('input[type="text"]:visible');
    await expect.poll(() => box.inputValue()).toContain('/');
    await expect
      .poll(
        async () => {
          if (!(await dialog.isVisible())) return 'closed';
          if ((await box.inputValue()) !== path) {
            await box.fill(path);
            return 'typed';
          }
          await workbench.page.keyboard.press('Enter');
          return (await dialog.isVisible()) ? 'open' : 'closed';
        },
        { interval: 1_000, timeout: 45_000 },
      )
      .toBe('closed');
  }

  async function chosen(format: string): Promise<void> {
    await panel.getByRole('button', { name: 'Export…' }).click();
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: format }).first().click();
  }

  beforeAll(async () => {
    await workbench.command('Open Results Panel');
    panel = await panelFrame(workbench.page, /^Results/, 60_000);
    await panel.locator('smt-verdict table').first().waitFor({ timeout: 60_000 });
  });

  it('takes in a log of Inspect, marked as imported and compared with nothing; a malformed one is named', async () => {
    await panel.getByRole('button', { name: 'Import…' }).click();
    await filePath(join(logs, INSPECT));
    const table = panel.locator('smt-imported table');
    const row = table.getByRole('row', { name: /tiny: mockllm\/model imported/ }).first();
    await row.waitFor();
    expect(await row.textContent()).toMatch(/66\.7 %\s+50\.0 – 100\.0\s+documents\s+9 × 2/);
    await panel.getByText('Imported figures: 2; logs: 1.').waitFor();
    const options = await panel.locator('smt-verdict').getByLabel('First cell').locator('option').allTextContents();
    expect(options.some((option) => option.includes('mockllm'))).toBe(false);
    await panel.getByRole('button', { name: 'Import…' }).click();
    await filePath(join(workbench.folder, 'cut.json'));
    await panel
      .getByRole('alert')
      .getByText(/cut\.json, line 2: is not JSON/)
      .waitFor();
    expect(await table.getByRole('row').count()).toBe(3);
    expect(await accessibilityProblems(panel)).toEqual([]);
    await table.scrollIntoViewIfNeeded();
    await workbench.screenshot('results imported');
  });

  it('writes the page, which a browser shows in light and dark without a problem for axe', async () => {
    await chosen('Web page with some answers');
    const file = join(workbench.folder, 'results.html');
    await filePath(file);
    await panel.getByText('The report is saved.').waitFor();
    expect(readFileSync(file, 'utf8')).toContain('mockllm/model');
    const page = await workbench.page.context().newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`file://${file}`);
        await page.getByRole('heading', { name: 'Verdict: four cells' }).waitFor();
        expect(await page.locator('article').count()).toBe(12);
        expect(await accessibilityProblems(page.mainFrame()), colorScheme).toEqual([]);
        await page.screenshot({ path: join(testResults, `results-page-${colorScheme}.png`), fullPage: true });
      }
      const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(dark).not.toBe('rgb(255, 255, 255)');
      expect(new Set(asked)).toEqual(new Set([`file://${file}`]));
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('writes the files of lm-evaluation-harness into a folder', async () => {
    const folder = join(workbench.folder, 'harness');
    mkdirSync(folder, { recursive: true });
    await chosen('lm-evaluation-harness');
    await filePath(folder);
    await panel.getByText(/\d+ files are written/).waitFor();
    expect(readdirSync(join(folder, 'base')).filter((name) => /^(results|samples)_/.test(name))).toHaveLength(4);
  });

  it('takes an import out again', async () => {
    await panel.getByRole('button', { name: `Take out ${INSPECT}` }).click();
    await panel.locator('smt-imported').waitFor({ state: 'detached' });
    expect(existsSync(join(logs, INSPECT))).toBe(true);
  });
});
