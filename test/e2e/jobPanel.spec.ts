import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from './accessibility.ts';
import { DATASET, makeTrainingProject, WrittenRun } from './trainingProject.ts';
import { panelFrame, useWorkbench } from './workbench.ts';

const NOW = Date.now() / 1000 - 3600;
let going: WrittenRun;
const living: ChildProcess[] = [];

async function prepare(folder: string): Promise<void> {
  await makeTrainingProject(folder);
  const done = new WrittenRun(folder, 'train-done', 'Train on osmerrow-set, first try', NOW - 9000);
  done.steps(1, 40, 40);
  done.checkpoint(20, 1_614_000_000);
  done.checkpoint(40, 538_000_000, true);
  done.end('succeeded');
  going = new WrittenRun(folder, 'train-going', 'Train on osmerrow-set', NOW);
  going.steps(1, 12, 40, 1.5);
  going.checkpoint(10, 1_614_000_000);
  living.push(await going.live());
}
afterAll(() => {
  for (const { pid } of living) if (pid) process.kill(-pid, 'SIGKILL');
});

const chart = (panel: Frame, heading: string) => panel.locator('smt-line-chart', { hasText: heading });

describe('the Job panel in the workbench', () => {
  const workbench = useWorkbench({ prepare, theme: 'dark' });
  let panel: Frame;

  beforeAll(async () => {
    await workbench.command('View: Show Synthetic Mixed Training');
    await workbench.page.locator('.monaco-list-row', { hasText: 'Train on osmerrow-set' }).first().click();
    panel = await panelFrame(workbench.page, /^Job: /, 60_000);
    await chart(panel, 'Training loss').locator('path.curve').waitFor({ timeout: 60_000 });
  });

  it('opens from the Jobs view on the curves of the run, over tokens', async () => {
    await panel.getByRole('heading', { name: 'Train on osmerrow-set', exact: true }).waitFor();
    for (const heading of ['Training loss', 'Loss on held-out samples', 'Learning rate', 'Tokens per second'])
      expect(await chart(panel, heading).locator('path.curve').count(), heading).toBe(1);
    const summary = await chart(panel, 'Training loss').locator('svg.plot').getAttribute('aria-label');
    expect(summary).toMatch(/12 values, from [\d.]+ at 1024 to [\d.]+ at 12\.29K/);
    await panel.getByText('12,288 of 40,960 tokens').waitFor();
  });

  it('draws new steps while the job goes on, without being asked', async () => {
    const began = Date.now();
    going.steps(13, 14, 40, 1.5);
    await expect
      .poll(() => chart(panel, 'Training loss').locator('svg.plot').getAttribute('aria-label'), { timeout: 40_000 })
      .toContain('14 values');
    console.info(`steps drawn ${Date.now() - began} ms after they were written`);
  });

  it('lays another run over it, told apart by more than colour', async () => {
    await panel.getByRole('button', { name: /first try/ }).click();
    const curves = chart(panel, 'Training loss').locator('path.curve');
    await expect.poll(() => curves.count()).toBe(2);
    const dashes = await curves.evaluateAll((paths) => paths.map((path) => path.getAttribute('stroke-dasharray')));
    expect(new Set(dashes).size).toBe(2);
  });

  it('zooms all charts together by dragging, by keyboard and back', async () => {
    const plot = chart(panel, 'Training loss').locator('svg.plot');
    const other = chart(panel, 'Tokens per second').locator('svg.plot .axis');
    const all = await other.textContent();
    const box = await plot.boundingBox();
    if (!box) throw new Error('the chart is not visible');
    await workbench.page.mouse.move(box.x + 90, box.y + 60);
    await workbench.page.mouse.down();
    await workbench.page.mouse.move(box.x + 190, box.y + 70, { steps: 4 });
    await workbench.page.mouse.up();
    await expect.poll(() => other.textContent()).not.toBe(all);
    await plot.focus();
    await workbench.page.keyboard.press('0');
    await expect.poll(() => other.textContent()).toBe(all);
    await workbench.page.keyboard.press('End');
    await workbench.page.keyboard.press('ArrowLeft');
    await panel
      .getByText(/tokens [\d.]+K?: .*[\d.]+ · .*[\d.]+/)
      .first()
      .waitFor();
    await workbench.page.keyboard.press('+');
    await expect.poll(() => other.textContent()).not.toBe(all);
    await panel.getByRole('button', { name: 'Show all: Training loss' }).click();
    await expect.poll(() => other.textContent()).toBe(all);
  });

  it('goes over time and steps, and reads as tables', async () => {
    await panel.getByRole('button', { name: 'over time' }).click();
    await expect.poll(() => chart(panel, 'Training loss').locator('.axis').textContent()).toMatch(/\d+ (s|min)/);
    await panel.getByRole('button', { name: 'over step' }).click();
    await panel.getByRole('button', { name: 'Tables' }).click();
    const table = chart(panel, 'Training loss').getByRole('table');
    await table.waitFor();
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual([
      'step',
      'Train on osmerrow-set',
      'Train on osmerrow-set, first try',
    ]);
    await panel.getByRole('button', { name: 'Tables' }).click();
  });

  it('shows what exactly was trained on, its checkpoints with their size, and the log as text', async () => {
    const manifest = JSON.parse(
      readFileSync(join(workbench.folder, '.smt', 'datasets', DATASET, 'manifest.json'), 'utf8'),
    ) as { hash: string };
    await panel.locator('smt-run-about code', { hasText: manifest.hash }).waitFor();
    const checkpoint = panel.getByRole('row', { name: /1\.61 GB/ });
    await checkpoint.waitFor();
    expect(await checkpoint.getByRole('button', { name: /Delete/ }).isDisabled(), 'its run is going on').toBe(true);
    await panel.getByText('fp32 weights on CPU <b>not bold</b>').waitFor();
  });

  it('opens the very data set, with what is not learned marked by more than colour', async () => {
    await panel.locator('smt-run-about').getByRole('button', { name: DATASET }).click();
    const view = await panelFrame(workbench.page, /^Training sets/, 60_000);
    await view.getByRole('heading', { name: DATASET }).waitFor();
    await view.locator('smt-dataset-rows article').first().waitFor({ timeout: 60_000 });
    const marked = view.locator('.masked', { hasText: 'not learned:' }).first();
    await marked.waitFor();
    expect(await marked.textContent()).toMatch(/⟦[\s\S]*⟧/);
    expect(await accessibilityProblems(view)).toEqual([]);
    await workbench.screenshot('dataset view');
    await view.getByRole('button', { name: 'Next page' }).click();
    await view.getByText(/^21–/).waitFor();
  });

  it('comes back as it was left after being hidden', async () => {
    await workbench.page.locator('.tab', { hasText: 'Job:' }).first().click();
    panel = await panelFrame(workbench.page, /^Job: /, 60_000);
    await panel.locator('button[aria-pressed=true]', { hasText: 'first try' }).waitFor({ timeout: 60_000 });
    await panel.locator('button[aria-pressed=true]', { hasText: 'over step' }).waitFor({ timeout: 60_000 });
    await expect.poll(() => chart(panel, 'Training loss').locator('path.curve').count(), { timeout: 60_000 }).toBe(2);
  });
});

describe('the Job panel in every theme', () => {
  const workbench = useWorkbench({ prepare, theme: 'light' });
  const themes = [
    { name: 'light', label: 'Light Modern', body: 'vscode-light' },
    { name: 'dark', label: 'Dark Modern', body: 'vscode-dark' },
    { name: 'contrast', label: 'Dark High Contrast', body: 'vscode-high-contrast' },
    { name: 'light contrast', label: 'Light High Contrast', body: 'vscode-high-contrast-light' },
  ];

  /** As a person does: the picker of colour themes. */
  const wear = async (label: string) => {
    await workbench.command('Preferences: Color Theme');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'Modern' }).first().waitFor({ timeout: 60_000 });
    await workbench.page.keyboard.type(label);
    const row = rows.filter({ hasText: label });
    await row.first().click();
  };

  it('has no accessibility problem, neither with charts nor with tables', async () => {
    await workbench.command('View: Show Synthetic Mixed Training');
    await workbench.page.locator('.monaco-list-row', { hasText: 'Train on osmerrow-set' }).first().click();
    const panel = await panelFrame(workbench.page, /^Job: /, 60_000);
    await panel.getByRole('button', { name: /first try/ }).click();
    await expect.poll(() => chart(panel, 'Training loss').locator('path.curve').count(), { timeout: 60_000 }).toBe(2);
    for (const { name, label, body } of themes) {
      await wear(label);
      await panel.locator(`body.${body}`).waitFor({ timeout: 60_000 });
      expect(await accessibilityProblems(panel), `${name}, charts`).toEqual([]);
      await workbench.screenshot(`job panel ${name}`);
      await panel.getByRole('button', { name: 'Tables' }).click();
      expect(await accessibilityProblems(panel), `${name}, tables`).toEqual([]);
      await panel.getByRole('button', { name: 'Tables' }).click();
    }
  });
});
