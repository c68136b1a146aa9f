// What `npm run demo -- --open` gives a person without VS Code desktop: the real command, its address in a real browser.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personEnvironment } from '../../scripts/testing/person.ts';
import { repository, testResults } from '../../scripts/testing/repository.ts';
import { openBrowser, runCommand } from '../../scripts/testing/workbench.ts';
import { makeProject } from './samplesPanelProject.ts';
import { panelFrame } from './workbench.ts';

describe('a folder opened in the browser workbench', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'smt-browser-'));
  const folder = join(scratch, 'osmerrow');
  let command: ChildProcess;
  let said = '';
  let address: URL;
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(folder);
    await makeProject(folder, 30);
    const program = `import(${JSON.stringify(join(repository, 'scripts/testing/workbench.ts'))})
      .then(({ openInBrowserWorkbench }) => openInBrowserWorkbench(${JSON.stringify(folder)}))`;
    command = spawn(process.execPath, ['-e', program], {
      env: { ...process.env, ...personEnvironment(scratch), TMPDIR: scratch },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    address = await new Promise<URL>((found, ended) => {
      command.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const url = /http:\S+/.exec(said)?.[0];
        if (url && said.includes('Ctrl-C')) found(new URL(url));
      });
      command.once('exit', (code) => ended(new Error(`ended with ${code}: ${said}`)));
    });
    const opened = await openBrowser({ url: address, dataDir: scratch, stop: async () => {} });
    browser = opened.browser;
    page = opened.page;
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    if (command.exitCode === null && command.signalCode === null) command.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  it('lets nobody in without the token of its address', async () => {
    expect(address.searchParams.get('tkn')).toMatch(/^[0-9a-f]{48}$/);
    const without = new URL(address);
    without.searchParams.delete('tkn');
    expect((await fetch(without)).status).toBe(403);
    expect((await fetch(address, { redirect: 'manual' })).status).not.toBe(403);
  });

  it('shows the project’s samples with the installed extension', async () => {
    await page.goto(address.href);
    await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    await runCommand(page, 'Open Samples Panel', 60_000);
    const panel = await panelFrame(page, /^Samples/, 60_000);
    await panel.locator('.card').first().waitFor({ timeout: 60_000 });
    await panel.locator('.card').first().click();
    await panel.locator('smt-document mark, smt-document .segment').first().waitFor();
    mkdirSync(testResults, { recursive: true });
    await page.screenshot({ path: join(testResults, 'browser-workbench.png') });
  });

  it('ends with Ctrl-C and leaves the checkout’s bundles where they are', async () => {
    await browser?.close();
    browser = undefined;
    const ended = once(command, 'exit');
    command.kill('SIGINT');
    expect((await ended)[0]).toBe(0);
    expect(existsSync(join(repository, 'dist', 'server.js'))).toBe(true);
    expect(readdirSync(scratch).filter((name) => name.startsWith('vsc-'))).toEqual([]);
  });
});
