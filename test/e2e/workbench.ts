// What every e2e spec starts from: the bundled extension in the real workbench, a fresh profile, a copy of a folder.
//
//   const workbench = useWorkbench({ folder: 'documents', theme: 'dark' });
//   it('…', async () => { await workbench.command('Create Synthetic Data Project'); … });
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { personEnvironment } from '../../scripts/testing/person.ts';
import { repository, testResults } from '../../scripts/testing/repository.ts';
import {
  extensionAlone,
  openBrowser,
  runCommand,
  startServer,
  type WorkbenchServer,
  workbenchUrl,
} from '../../scripts/testing/workbench.ts';
import { ConsoleHealth } from './consoleHealth.ts';

export type Theme = 'light' | 'dark' | 'contrast' | 'contrastLight';

const colorThemes: Record<Theme, string> = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  contrast: 'Default High Contrast',
  contrastLight: 'Default High Contrast Light',
};

export interface WorkbenchOptions {
  /** Folder under test/fixtures/workspaces to copy and open; with neither this nor `folderPath` none is open. */
  readonly folder?: string;
  /** A folder to open as it is, not copied. */
  readonly folderPath?: string;
  /** Files put into the folder before it is opened; may be async. */
  readonly prepare?: (folder: string) => void | Promise<void>;
  readonly theme?: Theme;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** `false`: the folder opens in restricted mode. */
  readonly trusted?: boolean;
  /** The person's endpoints registry. */
  readonly endpoints?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A packaged extension to install instead of the built one in the checkout; then toasts are shown. */
  readonly vsix?: string;
}

export interface Workbench {
  readonly page: Page;
  /** The open folder; an empty temporary one where no folder is open. */
  readonly folder: string;
  readonly server: WorkbenchServer;
  /** Errors in webviews so far; `useWorkbench` fails a test that has any. */
  readonly health: ConsoleHealth;
  /** Runs a command by its palette title, e.g. `Open Samples`. */
  command(title: string): Promise<void>;
  /** Loads the page again, as a person who reloads the window. */
  reload(): Promise<void>;
  /** PNG under test-results/. */
  screenshot(name: string): Promise<string>;
  /** Messages in the notification centre: the smoke-test driver suppresses toasts. */
  notifications(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a workbench; the caller closes it. Prefer {@link useWorkbench}. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const scratch = mkdtempSync(join(tmpdir(), 'smt-e2e-'));
  const folder = options.folderPath ?? join(scratch, options.folder ?? 'empty');
  let server: WorkbenchServer | undefined;
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await server?.stop();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    mkdirSync(folder, { recursive: true });
    if (options.folder)
      cpSync(join(repository, 'test/fixtures/workspaces', options.folder), folder, { recursive: true });
    await options.prepare?.(folder);
    server = await startServer({
      trusted: options.trusted ?? true,
      settings: { 'workbench.colorTheme': colorThemes[options.theme ?? 'dark'], ...options.settings },
      env: { ...personEnvironment(scratch, options.endpoints), ...options.env },
      ...(options.vsix ? { driver: false, vsix: [options.vsix] } : {}),
    });
    const opened = await openBrowser(server);
    browser = opened.browser;
    const { page } = opened;
    const health = new ConsoleHealth(page);
    const none = !options.folder && !options.folderPath && !options.prepare;
    await page.goto(
      workbenchUrl(server, { folder: none ? undefined : folder, extensions: options.vsix ? [] : [extensionAlone()] }),
    );
    await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    return {
      page,
      folder,
      server,
      health,
      command: (title) => runCommand(page, title),
      async reload() {
        await page.reload();
        await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
      },
      screenshot: (name) => screenshot(page, name),
      notifications: () => notifications(page),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * One workbench for the tests of a file (or `describe`). Opened before the first and closed after the last; a failed
 * test leaves a screenshot, and an error in a webview's console fails the test in which it happened.
 * The returned object stands for the workbench: use it in tests only.
 */
export function useWorkbench(options: WorkbenchOptions = {}): Workbench {
  let opened: Workbench | undefined;
  beforeAll(async () => {
    opened = await openWorkbench(options);
  });
  afterEach(async ({ task }) => {
    if (!opened) return;
    if (task.result?.state === 'fail') await opened.screenshot(`failed ${task.name}`);
    expect(opened.health.take(), 'errors in a webview').toEqual([]);
  });
  afterAll(async () => {
    await opened?.close();
  });
  const current = () => {
    if (!opened) throw new Error('The workbench is open inside tests only.');
    return opened;
  };
  return {
    get page() {
      return current().page;
    },
    get folder() {
      return current().folder;
    },
    get server() {
      return current().server;
    },
    get health() {
      return current().health;
    },
    command: (title) => current().command(title),
    reload: () => current().reload(),
    screenshot: (name) => current().screenshot(name),
    notifications: () => current().notifications(),
    close: () => current().close(),
  };
}

/**
 * The document of a webview, by its `<title>`: the second of the two frames VS Code puts around it.
 * Playwright's locators work on it. Waits until it is there.
 */
export async function panelFrame(page: Page, title: string | RegExp, timeoutMs = 60_000): Promise<Frame> {
  let seen: string[] = [];
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    seen = [];
    for (const frame of page.frames()) {
      if (!(await isWebviewDocument(frame))) continue;
      const found = await frame.title().catch(() => ''); // it may go away while we look
      seen.push(found);
      if (typeof title === 'string' ? found === title : title.test(found)) return frame;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`No webview titled ${title} after ${timeoutMs} ms; there are: ${seen.join(', ') || 'none'}`);
}

async function isWebviewDocument(frame: Frame): Promise<boolean> {
  if (!frame.parentFrame()) return false;
  try {
    return (await (await frame.frameElement()).getAttribute('id')) === 'active-frame';
  } catch {
    return false; // detached meanwhile
  }
}

async function screenshot(page: Page, name: string): Promise<string> {
  mkdirSync(testResults, { recursive: true });
  const path = join(testResults, `${name.replaceAll(/[^\w.-]+/g, '-')}.png`);
  await page.screenshot({ path });
  return path;
}

async function notifications(page: Page): Promise<string[]> {
  await runCommand(page, 'Notifications: Show Notifications');
  await page.locator('.notifications-center.visible').waitFor({ timeout: 60_000 });
  const messages = await page.locator('.notification-list-item-message').allInnerTexts();
  await runCommand(page, 'Notifications: Hide Notifications');
  return messages;
}
