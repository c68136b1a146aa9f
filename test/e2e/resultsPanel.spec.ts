import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { madeDocuments, writeEvaluation, writeStudy } from '../fixtures/evaluation/madeEvaluation.ts';
import { accessibilityProblems } from './accessibility.ts';
import { untilRemembered } from './browserStores.ts';
import { makeProject } from './samplesPanelProject.ts';
import { panelFrame, type Theme, useWorkbench } from './workbench.ts';

const real = ['a-short-history-of-osmerrow.md', 'gannet-stack-lighthouse.txt'];

/** A project with samples, and an evaluated study over its documents and fourteen more. */
async function studied(folder: string): Promise<void> {
  await makeProject(folder, 30);
  const made = madeDocuments(14);
  mkdirSync(join(folder, 'more'), { recursive: true });
  for (const { id, text } of made) writeFileSync(join(folder, 'more', id), text);
  const documents = [
    ...real.map((id) => ({ id, text: readFileSync(join(folder, id), 'utf8') })),
    ...made.map(({ id, text }) => ({ id: `more/${id}`, text })),
  ];
  await writeStudy(folder, documents, { perDocument: 4, samples: 3, log: true });
}

async function opened(page: Parameters<typeof panelFrame>[0]): Promise<Frame> {
  const panel = await panelFrame(page, /^Results/, 60_000);
  await panel.locator('smt-results h1').waitFor({ timeout: 60_000 });
  return panel;
}

describe('the Results panel in the workbench', () => {
  const workbench = useWorkbench({ prepare: studied, theme: 'dark' });
  let panel: Frame;

  beforeAll(async () => {
    await workbench.command('Open Results Panel');
    panel = await opened(workbench.page);
    await panel.locator('smt-verdict table').first().waitFor();
  });

  it('shows the four cells with intervals and n, the differences, the curve and the guard rail', async () => {
    const four = panel.locator('smt-verdict table').first();
    for (const name of ['Base, closed-book', 'Base + RAG', 'Trained, closed-book', 'Trained + RAG']) {
      const row = four.locator('tbody').getByRole('row', { name });
      expect(await row.textContent()).toMatch(/\d+\.\d %\s+\d+\.\d – \d+\.\d[\s\S]*64 × 3/);
    }
    await panel.getByText('Trained closed-book against base + RAG').waitFor();
    await panel.getByText(/points per doubling of tokens/).waitFor();
    expect(await panel.locator('smt-line-chart svg.plot').getAttribute('aria-label')).toContain('Base + RAG');
    await panel.getByText('General ability after training (guard rail)').waitFor();
    await panel
      .getByText(/It does not cover other training seeds/)
      .first()
      .waitFor();
  });

  it('the curve can be read as a table, and any two cells compared', async () => {
    await panel.getByRole('button', { name: 'As a table' }).click();
    await panel.locator('smt-line-chart table').waitFor();
    expect(await panel.locator('smt-line-chart table').textContent()).toMatch(/700M/);
    await panel.getByRole('button', { name: 'As a table' }).click();
    await panel.locator('smt-verdict').getByLabel('Second cell').selectOption({ label: 'quality: Base closed-book' });
    await panel
      .getByText(/closed-book − Base closed-book/)
      .nth(1)
      .waitFor();
  });

  it('another reader’s table: by document and by question type', async () => {
    await panel.getByRole('tab', { name: 'By document and type' }).click();
    await panel.getByText('16 documents').waitFor();
    await panel.getByRole('button', { name: 'By question type' }).click();
    await panel.getByText('2 question types').waitFor();
    await panel.locator('smt-breakdown').getByRole('button', { name: 'hard' }).click();
    await panel.getByText(/^\d+ questions$/).waitFor();
  });

  it('every answer: raw and parsed, passages with the gold evidence marked, and what could have taught it', async () => {
    await panel.getByRole('tab', { name: 'Answers' }).click();
    const list = panel.getByRole('listbox', { name: 'Questions' });
    await panel.getByRole('button', { name: /first right, second wrong/ }).click();
    await panel.getByRole('button', { name: 'Clear' }).click();
    await list.getByRole('option').first().click();
    const detail = panel.locator('smt-answer-detail');
    await detail.getByRole('heading', { name: 'Gold evidence' }).waitFor();
    await detail.locator('summary').first().click();
    await detail
      .getByText(/Answer: [A-D]|I am not sure what to answer/)
      .first()
      .waitFor();
    await detail
      .getByText(/retrieved passages, best last/)
      .first()
      .click();
    expect(await detail.locator('mark').first().textContent()).toBe(
      await detail.locator('p.text').first().textContent(),
    );
    await detail.getByText('Which samples taught this?').waitFor();
    await detail.getByText(/accepted samples? come|None covers it|of the same document/).waitFor();
  });

  it('goes through the questions with the keyboard', async () => {
    const list = panel.getByRole('listbox', { name: 'Questions' });
    await list.focus();
    const first = await panel.locator('smt-answer-detail h2').textContent();
    await workbench.page.keyboard.press('ArrowDown');
    await expect.poll(() => panel.locator('smt-answer-detail h2').textContent()).not.toBe(first);
    await workbench.page.keyboard.press('Home');
    await expect.poll(() => panel.locator('smt-answer-detail h2').textContent()).toBe(first);
  });

  it('is where it was after a reload', async () => {
    await untilRemembered(workbench.page, /question[\\"]+:[\\"]+\w/);
    await workbench.reload();
    panel = await opened(workbench.page);
    await panel.locator('smt-answer-detail h2').waitFor({ timeout: 60_000 });
    expect(await panel.getByRole('tab', { name: 'Answers' }).getAttribute('aria-selected')).toBe('true');
  });

  it('nothing is wrong for axe, on any tab', async () => {
    for (const name of ['Verdict', 'By document and type', 'Answers']) {
      await panel.getByRole('tab', { name }).click();
      await panel.locator('smt-verdict table, smt-breakdown table, smt-answers [role=option]').first().waitFor();
      expect(await accessibilityProblems(panel), name).toEqual([]);
    }
  });
});

for (const theme of ['light', 'contrast'] as const satisfies readonly Theme[]) {
  describe(`the Results panel in ${theme}`, () => {
    const workbench = useWorkbench({ prepare: studied, theme });
    it('is drawn and has no accessibility problem', async () => {
      await workbench.command('Open Results Panel');
      const panel = await opened(workbench.page);
      await panel.locator('smt-verdict table').first().waitFor();
      expect(await accessibilityProblems(panel)).toEqual([]);
      await workbench.screenshot(`results-panel-${theme}`);
    });
  });
}

describe('the Results panel without and with many answers', () => {
  const run = '20261122-130000000-dddddd';
  const workbench = useWorkbench({ prepare: (folder) => makeProject(folder, 5), theme: 'dark' });

  it('says what is missing, and opens 5,000 questions × 8 answers × 4 cells quickly', async () => {
    await workbench.command('Open Results Panel');
    const panel = await opened(workbench.page);
    await panel.getByText('Nothing is evaluated yet').waitFor();
    expect(await accessibilityProblems(panel)).toEqual([]);
    // Put there in one step, as what a job writes changes its status as well.
    const elsewhere = mkdtempSync(join(tmpdir(), 'smt-e2e-runs-'));
    await writeEvaluation({
      root: elsewhere,
      run,
      documents: madeDocuments(250),
      perDocument: 20,
      samples: 8,
      cells: [
        { model: 'base', setting: 'closed_book', rate: 0.4 },
        { model: 'base', setting: 'rag', rate: 0.6 },
        { model: 'run-1', setting: 'closed_book', rate: 0.65 },
        { model: 'run-1', setting: 'rag', rate: 0.7 },
      ],
    });
    cpSync(join(elsewhere, '.smt', 'runs', run), join(workbench.folder, '.smt', run), { recursive: true });
    renameSync(join(workbench.folder, '.smt', run), join(workbench.folder, '.smt', 'runs', run));
    rmSync(elsewhere, { recursive: true, force: true });
    // The panel follows the run directories by itself.
    await panel.locator('smt-verdict table').first().waitFor({ timeout: 60_000 });
    await workbench.command('View: Close All Editors');
    const begun = Date.now();
    await workbench.command('Open Results Panel');
    const again = await opened(workbench.page);
    await again.locator('smt-verdict table').first().waitFor();
    const openMs = Date.now() - begun;
    await again.getByRole('tab', { name: 'Answers' }).click();
    await again.getByText('5,000 questions').waitFor();
    const questions = again.getByRole('listbox', { name: 'Questions' }).getByRole('option');
    await questions.nth(3).click();
    await again.locator('smt-answer-detail h2').waitFor();
    const chosen = Date.now();
    await questions.nth(4).click();
    await expect
      .poll(() => again.locator('smt-answer-detail h2').textContent(), { interval: 10 })
      .toContain('Zyxquestion 4');
    const drillMs = Date.now() - chosen;
    console.info(`5,000 × 8 × 4: opened in ${openMs} ms with the palette, drill-down in ${drillMs} ms with the click`);
  });
});
