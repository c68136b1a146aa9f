// A real training in the workbench: the Python worker trains a tiny model on this machine while its Job panel is open, is
// stopped and goes on; then the panel talks with what came of it. Nothing is a stand-in but the student's size. The worker
// makes its environment at the first use (2 GB once, in the user-level cache); importing PyTorch takes most of the time.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { JobEvent } from '../../src/contract/events.ts';
import { writeTinyStudent } from '../fixtures/tinyStudent.ts';
import { accessibilityProblems } from './accessibility.ts';
import { makeTrainingProject } from './trainingProject.ts';
import { panelFrame, useWorkbench } from './workbench.ts';

/** Making the environment where there is none yet, and importing PyTorch and TRL on a busy machine. */
const LOADS_MS = 600_000;

async function prepare(folder: string): Promise<void> {
  await makeTrainingProject(folder);
  writeTinyStudent(join(folder, 'student'));
  const file = join(folder, 'smt.yaml');
  const text = readFileSync(file, 'utf8');
  const training =
    'training: { weights: { path: student }, epochs: 30, learning_rate: 0.003, sequence_length: 256, batch_sequences: 8, micro_batch_sequences: 8, save_every_steps: 40 }\n';
  writeFileSync(file, `${text.replace(/^training:.*\n(?: .*\n)*/m, '')}\n${training}`);
}

const chart = (panel: Frame, heading: string) => panel.locator('smt-line-chart', { hasText: heading });
const values = async (panel: Frame, heading: string) => {
  const summary = await chart(panel, heading).locator('svg.plot').getAttribute('aria-label');
  return Number(/([\d,]+) values?,/.exec(summary ?? '')?.[1]?.replaceAll(',', '') ?? 0);
};

describe('a real training, watched', () => {
  const workbench = useWorkbench({ prepare, theme: 'light' });
  let panel: Frame;

  const events = (kind: string) => {
    const runs = join(workbench.folder, '.smt', 'runs');
    return readdirSync(runs)
      .filter((run) => existsSync(join(runs, run, 'events.jsonl')))
      .flatMap((run) =>
        readFileSync(join(runs, run, 'events.jsonl'), 'utf8')
          .split('\n')
          .slice(0, -1),
      )
      .flatMap((line) => JobEvent.safeParse(JSON.parse(line)).data ?? [])
      .filter(({ type }) => type === kind);
  };

  beforeAll(async () => {
    await workbench.command('Train…');
    const { page } = workbench;
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'This machine' }).first().click();
    const modal = page.locator('.monaco-dialog-box');
    await modal.waitFor({ timeout: 120_000 });
    expect(await modal.textContent()).toMatch(/Steps: \d+/);
    await modal.getByRole('button', { name: 'Train', exact: true }).click();
    panel = await panelFrame(page, /^Job: /, 120_000);
  }, LOADS_MS);

  it(
    'says what goes on before the first step, then draws the curve as it grows',
    async () => {
      await panel
        .getByText(/Preparing|Running|Queued/)
        .first()
        .waitFor({ timeout: LOADS_MS });
      await workbench.screenshot('real training begins light');
      await chart(panel, 'Training loss').locator('path.curve').waitFor({ timeout: LOADS_MS });
      const first = await values(panel, 'Training loss');
      await expect.poll(() => values(panel, 'Training loss'), { timeout: 120_000 }).toBeGreaterThan(first);
      await panel
        .getByText(/[\d.]+K? tokens\/s/)
        .first()
        .waitFor({ timeout: 60_000 });
      await panel
        .getByText(/ left$/)
        .first()
        .waitFor({ timeout: 60_000 });
      await workbench.screenshot('real training goes on light');
    },
    2 * LOADS_MS,
  );

  it('lists the first checkpoint when it is complete, and the loss on held-out samples', async () => {
    await panel.locator('smt-run-checkpoints tbody tr').first().waitFor({ timeout: 120_000 });
    await chart(panel, 'Loss on held-out samples').locator('path.curve').waitFor({ timeout: 60_000 });
    expect(events('checkpoint').length).toBeGreaterThan(0);
  }, 200_000);

  it('stops with a checkpoint when it is asked to', async () => {
    await panel.getByRole('button', { name: 'Stop' }).click();
    await panel.getByText('Cancelled').first().waitFor({ timeout: 120_000 });
    const steps = events('metric').flatMap((event) => (event.type === 'metric' ? [event.step] : []));
    const saved = events('checkpoint').flatMap((event) => (event.type === 'checkpoint' ? [event.step] : []));
    expect(Math.max(...saved)).toBe(Math.max(...steps));
    await workbench.screenshot('real training stopped light');
  }, 200_000);

  it(
    'goes on from there to its end, on one continuous curve',
    async () => {
      const before = await values(panel, 'Training loss');
      await panel.getByRole('button', { name: 'Resume' }).click();
      await panel.getByText('Done', { exact: true }).first().waitFor({ timeout: LOADS_MS });
      await expect.poll(() => values(panel, 'Training loss'), { timeout: 30_000 }).toBeGreaterThan(before);
      const losses = events('metric').flatMap((event) =>
        event.type === 'metric' && typeof event.values.loss === 'number'
          ? [[event.step, event.values.loss] as const]
          : [],
      );
      const steps = losses.map(([step]) => step);
      expect(new Set(steps).size, 'no step is trained twice').toBe(steps.length);
      expect(losses.at(-1)?.[1]).toBeLessThan(losses[0]?.[1] ?? 0);
      const held = events('metric').flatMap((event) =>
        event.type === 'metric' && typeof event.values.eval_loss === 'number' ? [event.values.eval_loss] : [],
      );
      expect(held.at(-1)).toBeLessThan(held[0] ?? 0);
      await panel.getByRole('row', { name: /final model/ }).waitFor();
      expect(await accessibilityProblems(panel)).toEqual([]);
      await workbench.screenshot('real training done light');
    },
    2 * LOADS_MS,
  );

  it(
    'talks: what came of it is served, and its answer is shown with its pace',
    async () => {
      await panel
        .getByRole('row', { name: /final model/ })
        .getByRole('button', { name: 'Chat' })
        .click();
      const chat = await panelFrame(workbench.page, /^Job: Serve/, 60_000);
      const question = chat.getByRole('textbox', { name: 'Your question' });
      await chat.locator('textarea:enabled').waitFor({ timeout: LOADS_MS });
      await question.fill('What stands on Gannet Stack?');
      await question.press('Enter');
      await chat.getByText(/^(Done|Cut).*\d tokens.*tokens\/s/).waitFor({ timeout: 120_000 });
      await workbench.screenshot('chat light');
      expect(await accessibilityProblems(chat)).toEqual([]);
      await chat.getByRole('button', { name: 'With retrieval' }).click();
      await chat.getByText('There is no retrieval index of these documents yet.').waitFor({ timeout: 60_000 });
      await chat.getByRole('button', { name: 'Build Retrieval Index' }).waitFor();
      await workbench.screenshot('chat without an index light');
    },
    2 * LOADS_MS,
  );
});
