// Starts the VS Code server and opens its web workbench: for host, e2e and package tests and for `demo --open`.
//   VSCODE_SERVER_ROOT  folder with out/server-main.js      VSCODE_SERVER_NODE  Node of the major version it wants
//   CHROMIUM            browser executable                  VERBOSE=1           show the server's chatter
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { browserExecutable } from './browser.ts';
import { editorRoot } from './editor.ts';
import { readManifest } from './manifest.ts';
import { repository } from './repository.ts';

export interface WorkbenchServer {
  /** With the token, where the server asks for one. */
  readonly url: URL;
  /** User data, extensions and logs; deleted by {@link stop}. */
  readonly dataDir: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Honour the URL payload (development and test paths). Side effect: no notification toasts. Default true. */
  readonly driver?: boolean;
  /** `false` keeps Workspace Trust on, so that a folder opens restricted. Default true. */
  readonly trusted?: boolean;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Lets in only who has a random token, which stands in the address: other users of this machine reach the port too.
   * Default false, for tests with their short-lived servers.
   */
  readonly token?: boolean;
  /** Installs the built extension of the checkout; then toasts are shown, as they are without the test driver. */
  readonly built?: boolean;
  /** Packages to install first. */
  readonly vsix?: readonly string[];
  /** Environment of the server and its extension host, over ours. */
  readonly env?: Readonly<Record<string, string>>;
}

const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'window.newWindowProfile': 'Default',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

const startPatienceMs = 120_000;

/** A VS Code server on a free loopback port with an empty profile. */
export async function startServer(options: ServerOptions = {}): Promise<WorkbenchServer> {
  const { driver = true, trusted = true, token = false, built = false, settings = {}, vsix = [], env = {} } = options;
  const main = join(await editorRoot(), 'out', 'server-main.js');
  const node = process.env.VSCODE_SERVER_NODE ?? process.execPath;
  const dataDir = mkdtempSync(join(tmpdir(), 'vsc-'));
  try {
    const userSettings = join(dataDir, 'data', 'User', 'settings.json');
    mkdirSync(dirname(userSettings), { recursive: true });
    writeFileSync(userSettings, JSON.stringify({ ...quietSettings, ...settings }));
    if (built) installBuilt(join(dataDir, 'extensions'));
    const common = ['--server-data-dir', dataDir, '--accept-server-license-terms', '--telemetry-level', 'off'];
    for (const file of vsix) {
      execFileSync(node, [main, ...common, '--install-extension', resolve(file)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    }
    const child = spawn(
      node,
      [
        main,
        ...common,
        ...['--host', '127.0.0.1', '--port', '0'],
        ...(token ? ['--connection-token-file', tokenFile(dataDir)] : ['--without-connection-token']),
        ...(trusted ? ['--disable-workspace-trust'] : []),
        ...(driver ? ['--enable-smoke-test-driver'] : []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
    );
    const url = await announcedUrl(child);
    return { url, dataDir, stop: () => stopServer(child, dataDir) };
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** In a file of this user's: the arguments of a process can be read by everyone on the machine. */
function tokenFile(dataDir: string): string {
  const file = join(dataDir, 'connection-token');
  writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return file;
}

/** The built extension as an installed one. */
function installBuilt(extensions: string): void {
  const { publisher, name, version } = readManifest();
  placeExtension(join(extensions, `${publisher}.${name}-${version}`));
}

/**
 * A folder with the built extension and nothing else, to develop from. The checkout itself will not do: VS Code's own
 * extensions lie in its .cache, and VS Code takes what lies under a developed extension for a part of it; its colour
 * themes are then not there.
 */
export function extensionAlone(): string {
  const folder = join(repository, '.cache', 'extension');
  rmSync(folder, { recursive: true, force: true });
  placeExtension(folder);
  return folder;
}

/** Its bundles are linked, as LanceDB alone has some 200 MB. */
function placeExtension(folder: string): void {
  if (!existsSync(join(repository, 'dist', 'extension.js'))) {
    throw new Error('dist/ is not built. Run `npm run build` first.');
  }
  mkdirSync(folder, { recursive: true });
  for (const part of ['package.json', 'package.nls.json', 'README.md', 'LICENSE', 'media', 'l10n']) {
    if (existsSync(join(repository, part))) cpSync(join(repository, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(repository, 'dist'), join(folder, 'dist'), 'junction');
}

function announcedUrl(child: ChildProcess): Promise<URL> {
  let output = '';
  return new Promise((announced, fail) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`The VS Code server said nothing for ${startPatienceMs / 1000} s.\n${output}`));
    }, startPatienceMs);
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_000);
      const found = /Web UI available at (\S+)/.exec(output)?.[1];
      if (!found) return;
      clearTimeout(timer);
      announced(new URL(found));
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', (chunk: Buffer) => {
      collect(chunk);
      if (process.env.VERBOSE) process.stderr.write(chunk);
    });
    child.once('error', fail);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`The VS Code server ended with ${code}.\n${output}`));
    });
  });
}

async function stopServer(child: ChildProcess, dataDir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((done) => child.once('exit', done));
    child.kill();
    const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(hard);
  }
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** A page of headless Chromium that reaches the server and nothing else. */
export async function openBrowser(
  server: WorkbenchServer,
  viewport = { width: 1280, height: 900 },
): Promise<{ browser: Browser; page: Page }> {
  const { path, env } = await browserExecutable();
  const browser = await chromium.launch({
    executablePath: path,
    env: { ...definedEnvironment(), ...env },
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
  const page = await (await browser.newContext({ viewport })).newPage();
  // Webview resources are on *.vscode-cdn.net, answered by the workbench's service worker without a network.
  await page.route(
    (url) => url.hostname !== server.url.hostname && !url.hostname.endsWith('vscode-cdn.net'),
    (route) => route.abort(),
  );
  return { browser, page };
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

export interface WorkbenchAddress {
  readonly folder?: string | undefined;
  /** Folders of extensions under development. */
  readonly extensions?: readonly string[];
  /** Module with `run()` to execute in the extension host. */
  readonly tests?: string | undefined;
}

/** The workbench's address; the payload's paths name files on the server's side. */
export function workbenchUrl(
  server: WorkbenchServer,
  { folder, extensions = [], tests }: WorkbenchAddress = {},
): string {
  const remote = (path: string) => `vscode-remote://${server.url.host}${resolve(path)}`;
  const payload = [
    ...extensions.map((path) => ['extensionDevelopmentPath', remote(path)]),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ['skipWelcome', 'true'],
  ];
  const token = server.url.searchParams.get('tkn');
  const query = new URLSearchParams({
    ...(folder ? { folder: resolve(folder) } : { ew: 'true' }),
    payload: JSON.stringify(payload),
    ...(token === null ? {} : { tkn: token }),
  });
  return `${server.url.origin}/?${query}`;
}

/** Runs a command by its palette title; polls, as contributions appear a few seconds after the workbench. */
export async function runCommand(page: Page, title: string, timeoutMs = 60_000): Promise<void> {
  await page.locator('.monaco-workbench').waitFor({ timeout: timeoutMs });
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input').first().fill(`>${title}`);
    try {
      await row.click({ timeout: 1_500 });
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        const shown = await page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
        throw new Error(`The palette does not offer "${title}". It shows: ${shown.join(' | ')}`, { cause: error });
      }
      await page.keyboard.press('Escape');
    }
  }
}

/**
 * Opens a folder in the browser workbench with the built extension, for a person on a machine without VS Code desktop.
 * Prints the address, which holds a token that only this user gets to know, and stays until Ctrl-C. `dist/` must be
 * built. Resolves when the server has stopped.
 */
export async function openInBrowserWorkbench(folder: string): Promise<void> {
  const server = await startServer({ driver: false, token: true, built: true });
  console.log(`${resolve(folder)} is open at\n  ${workbenchUrl(server, { folder })}`);
  console.log('Open that address in a browser of this machine. Ctrl-C ends it.');
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  await server.stop();
}
