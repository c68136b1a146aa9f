// Pictures of the real panels in the real workbench, for the README and for looking at:
//   node scripts/screenshots.ts FOLDER OUTPUT_DIR [light|dark …]     a project folder with samples, e.g. .demo; with a
//                                                                    training set, a training and answers their panels too
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { extensionAlone, openBrowser, runCommand, startServer, workbenchUrl } from './testing/workbench.ts';

const themes: Record<string, string> = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  contrast: 'Default High Contrast',
};
/** Panels that need more than samples, by their page's element. */
const later = [
  { command: 'Open Training Sets', tag: 'smt-datasets', name: 'dataset-panel' },
  { command: 'Open Results Panel', tag: 'smt-results h1', name: 'results-panel' },
  { command: 'Try Retrieval', tag: 'smt-retrieval', name: 'retrieval-panel' },
];

/** Waits for a page of ours among the webviews; false where it does not come. */
async function panelWith(page: Page, tag: string): Promise<boolean> {
  for (let look = 0; look < 100; look += 1) {
    for (const frame of page.frames()) {
      if (
        (await frame
          .locator(tag)
          .count()
          .catch(() => 0)) > 0
      )
        return true;
    }
    await page.waitForTimeout(200);
  }
  return false;
}

const [folder, output, ...wanted] = process.argv.slice(2);
if (!folder || !output) throw new Error('usage: screenshots.ts FOLDER OUTPUT_DIR [light|dark|contrast …]');
mkdirSync(output, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'smt-shots-'));
const project = join(scratch, 'osmerrow');
cpSync(resolve(folder), project, { recursive: true });
try {
  for (const theme of wanted.length > 0 ? wanted : ['dark']) {
    const server = await startServer({ settings: { 'workbench.colorTheme': themes[theme] ?? themes.dark } });
    const { browser, page } = await openBrowser(server, { width: 1480, height: 900 });
    try {
      await page.goto(workbenchUrl(server, { folder: project, extensions: [extensionAlone()] }));
      await runCommand(page, 'Open Samples Panel');
      const frame = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
      await frame.locator('.card').first().waitFor({ timeout: 60_000 });
      await frame.getByRole('button', { name: 'Focal Rewriting', exact: true }).click();
      await frame.locator('.card', { hasText: 'Focal Rewriting' }).nth(1).click();
      await frame.locator('smt-document mark').first().waitFor({ timeout: 15_000 });
      await page.screenshot({ path: join(output, `samples-panel-${theme}.png`) });
      await runCommand(page, 'View: Show Synthetic Mixed Training');
      await page.locator('.monaco-list-row', { hasText: 'Methods' }).first().waitFor({ timeout: 15_000 });
      await page.screenshot({ path: join(output, `project-view-${theme}.png`) });
      for (const { command, tag, name } of later) {
        await runCommand(page, command);
        const shown = await panelWith(page, tag);
        if (!shown) {
          console.log(`${command}: nothing to show in this project`);
          continue;
        }
        await page.waitForTimeout(1500); // charts settle
        await page.screenshot({ path: join(output, `${name}-${theme}.png`) });
      }
    } finally {
      await browser.close();
      await server.stop();
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
