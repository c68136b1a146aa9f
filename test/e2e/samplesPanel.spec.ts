import type { Frame } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems } from './accessibility.ts';
import { untilRemembered } from './browserStores.ts';
import { makeProject } from './samplesPanelProject.ts';
import { panelFrame, useWorkbench } from './workbench.ts';

/** `94 samples = 92 accepted + 2 rejected` as numbers. */
async function sumOf(panel: Frame): Promise<{ total: number; accepted: number; rejected: number }> {
  const text = (await panel.locator('smt-counts .sum').textContent()) ?? '';
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1]?.replaceAll(',', '') ?? Number.NaN);
  return {
    total: number(/([\d,]+) sample/),
    accepted: number(/([\d,]+)\s+accepted/),
    rejected: number(/([\d,]+)\s+rejected/),
  };
}

describe('the Samples panel in the workbench', () => {
  const workbench = useWorkbench({ prepare: makeProject, theme: 'dark' });
  let panel: Frame;

  const open = async () => {
    panel = await panelFrame(workbench.page, /^Samples/, 60_000);
    await panel.locator('.card').first().waitFor({ timeout: 60_000 });
  };

  const clearFilters = async () => {
    await panel.locator('smt-filter-bar').getByRole('button', { name: 'Clear filters' }).click();
    await panel.locator('smt-filter-bar .chips').waitFor({ state: 'detached' });
  };

  beforeAll(async () => {
    await workbench.command('Open Samples Panel');
    await open();
  });

  it('shows samples beside the document they came from, with counts that add up', async () => {
    const { total, accepted, rejected } = await sumOf(panel);
    expect(total).toBeGreaterThan(20);
    expect(accepted + rejected).toBe(total);
    await panel.getByRole('button', { name: 'Synthetic QA', exact: true }).click();
    await panel.locator('.card', { hasText: 'Synthetic QA' }).first().click();
    await panel.locator('smt-document mark').first().waitFor();
    const passage = await panel.locator('smt-document mark').first().textContent();
    expect(passage?.length).toBeGreaterThan(20);
    expect(await panel.locator('smt-edit textarea').first().inputValue()).toContain('?');
    await clearFilters();
  });

  it('opens prompt, raw completion and lineage of a rewrite, and the question it serves', async () => {
    await panel.getByRole('button', { name: 'Focal Rewriting', exact: true }).click();
    await panel.locator('.card .strategy').first().click();
    await panel.getByRole('tab', { name: 'Prompt' }).click();
    await panel.locator('smt-details pre').first().waitFor();
    await panel.getByRole('tab', { name: 'Raw completion' }).click();
    await panel.getByText('finish_reason stop').waitFor();
    await panel.getByRole('tab', { name: 'Lineage' }).click();
    const served = panel.locator('smt-details dd .link.untrusted');
    const question = await served.textContent();
    await served.click();
    await panel.getByRole('tab', { name: 'Sample' }).click();
    await expect.poll(() => panel.locator('smt-edit textarea').first().inputValue()).toBe(question);
    await clearFilters();
  });

  it('accepts, rejects and takes back with the keyboard alone', async () => {
    await panel.getByRole('button', { name: /^Accepted/ }).click();
    const before = await sumOf(panel);
    await panel.locator('.card').first().click();
    await workbench.page.keyboard.press('r');
    await expect.poll(() => sumOf(panel)).toMatchObject({ accepted: before.accepted - 1 });
    await panel.getByText('1 rejected', { exact: true }).first().waitFor();
    await workbench.page.keyboard.press('u');
    await expect.poll(() => sumOf(panel)).toMatchObject({ accepted: before.accepted });
    await panel.locator('smt-filter-bar').getByRole('button', { name: /^All/ }).click();
  });

  it('decides on many at once', async () => {
    const before = await sumOf(panel);
    await panel.locator('.card').nth(0).click();
    await panel
      .locator('.card')
      .nth(2)
      .click({ modifiers: ['Shift'] });
    await panel.getByText('3 selected').waitFor();
    await workbench.page.keyboard.press('Delete');
    await expect.poll(async () => (await sumOf(panel)).accepted).toBeLessThan(before.accepted);
    await workbench.page.keyboard.press('Control+z');
    await expect.poll(() => sumOf(panel)).toEqual(before);
  });

  it('keeps the original of an edited sample', async () => {
    await panel.getByRole('button', { name: 'Synthetic QA', exact: true }).click();
    await panel.locator('.card', { hasText: 'Synthetic QA' }).first().click();
    await workbench.page.keyboard.press('e');
    await panel.locator('smt-edit textarea:focus').waitFor();
    await workbench.page.keyboard.type(' And since when?');
    await workbench.page.keyboard.press('Control+Enter');
    await panel.locator('smt-details').getByText('Edited').waitFor();
    await panel.getByText('Original, as the model wrote it').click();
    expect(await panel.locator('smt-edit .original').textContent()).not.toContain('And since when?');
    await workbench.page.keyboard.press('Escape');
    await panel.locator('.list').focus();
    await workbench.page.keyboard.press('u');
    await panel.locator('smt-details').getByText('Edited').waitFor({ state: 'detached' });
    await clearFilters();
  });

  it('finds words, says when nothing matches, and clears the filter', async () => {
    const { total } = await sumOf(panel);
    await panel.locator('.list').focus();
    await workbench.page.keyboard.press('/');
    await workbench.page.keyboard.type('bell');
    await expect.poll(async () => (await sumOf(panel)).total).toBeLessThan(total);
    for (const text of await panel.locator('.card').allInnerTexts()) expect(text.length).toBeGreaterThan(0);
    await workbench.page.keyboard.type(' zzzzzz');
    await panel.getByText('No sample matches this filter').waitFor();
    await panel.locator('smt-sample-list').getByText('Clear filters').click();
    await expect.poll(async () => (await sumOf(panel)).total).toBe(total);
  });

  it('audits with the keyboard and shows a rate with its interval', async () => {
    await panel.getByRole('button', { name: 'Audit…' }).click();
    for (const key of ['y', 'n', 'y']) {
      const place = await panel.locator('smt-audit header .numbers').first().textContent();
      await panel.locator('smt-audit .sample .badge').waitFor();
      await workbench.page.keyboard.press(key);
      await expect.poll(() => panel.locator('smt-audit header .numbers').first().textContent()).not.toBe(place);
    }
    await panel.getByText('3 judged, 1 wrong').waitFor();
    await expect.poll(() => panel.locator('smt-audit footer').textContent()).toMatch(/\d+ % \(\d+–\d+ %\)/);
    await panel.getByRole('button', { name: 'Leave' }).click();
  });

  it('comes back as it was left after being hidden, and after a reload of the window', async () => {
    await panel.getByRole('button', { name: /^Accepted/ }).click();
    const isFiltered = () =>
      panel
        .locator('smt-filter-bar [aria-pressed=true]', { hasText: 'Accepted' })
        .waitFor({ timeout: 60_000 })
        .then(() => true);
    await isFiltered();
    const { total } = await sumOf(panel);
    const canUndo = () => panel.locator('button[aria-keyshortcuts=u]').isEnabled();
    expect(await canUndo(), 'the judgements of the audit can be taken back').toBe(true);
    const tab = workbench.page.locator('.tab', { hasText: 'Samples:' });

    await workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'reviews.jsonl' }).click();
    await expect.poll(() => tab.getAttribute('aria-selected')).toBe('false');
    await tab.click();
    panel = await panelFrame(workbench.page, /^Samples/, 60_000);
    expect(await isFiltered()).toBe(true);

    await untilRemembered(workbench.page, /state[\\"]+:[\\"]+accepted/);
    await workbench.reload();
    panel = await panelFrame(workbench.page, /^Samples/, 60_000);
    expect(await isFiltered()).toBe(true);
    await expect.poll(async () => (await sumOf(panel)).total, { timeout: 60_000 }).toBe(total);
    await expect.poll(canUndo, { timeout: 60_000 }).toBe(true);
  });
});

const bodyClass = { light: /vscode-light/, dark: /vscode-dark/, contrast: /vscode-high-contrast/ };

describe.each(['light', 'dark', 'contrast'] as const)('the Samples panel in %s', (theme) => {
  const workbench = useWorkbench({ prepare: (folder) => makeProject(folder, 12), theme });

  it('has nothing that axe finds wrong, in list, dialog and audit', async () => {
    await workbench.command('Open Samples Panel');
    const panel = await panelFrame(workbench.page, /^Samples/, 60_000);
    await panel.locator('.card').first().waitFor({ timeout: 60_000 });
    await panel.locator('smt-document mark, smt-document .segment').first().waitFor();
    expect(await panel.locator('body').getAttribute('class')).toMatch(bodyClass[theme]);
    await workbench.screenshot(`samples panel ${theme}`);
    expect(await accessibilityProblems(panel)).toEqual([]);
    await panel.locator('.list').focus();
    await workbench.page.keyboard.press('?');
    await panel.getByRole('heading', { name: 'Keyboard' }).waitFor();
    expect(await accessibilityProblems(panel)).toEqual([]);
    await workbench.page.keyboard.press('Escape');
    await panel.getByRole('button', { name: 'Audit…' }).click();
    await panel.locator('smt-audit .sample .badge').waitFor();
    expect(await accessibilityProblems(panel)).toEqual([]);
  });
});
