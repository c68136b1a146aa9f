import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageExtension } from '../../scripts/package.mjs';
import { machineTarget, nativePackage } from '../../scripts/packageTargets.mjs';
import { readManifest } from '../../scripts/testing/manifest.ts';
import { repository } from '../../scripts/testing/repository.ts';
import { openWorkbench, type Workbench } from '../e2e/workbench.ts';

const sizeLimitBytes = 76 * 2 ** 20;
const target = machineTarget();
const manifest = readManifest();
const titleOf = (id: string) => {
  const declared = manifest.contributes.commands.find(({ command }) => command === id);
  if (!declared) throw new Error(`the manifest declares no ${id}`);
  return declared.category ? `${declared.category}: ${declared.title}` : declared.title;
};

let vsix: string;
let files: Map<string, Uint8Array>; // native binaries without their content
beforeAll(() => {
  vsix = packageExtension(target);
  files = new Map();
  const names: string[] = [];
  const read = unzipSync(readFileSync(vsix), {
    filter: ({ name }) => {
      names.push(name);
      return !name.endsWith('.node') && !name.endsWith('/');
    },
  });
  for (const name of names) files.set(name, read[name] ?? new Uint8Array());
});

describe('what is in the package', () => {
  const native = target === 'none' ? 'none' : nativePackage(target);
  const expected = [
    /^\[Content_Types\]\.xml$/,
    /^extension\.vsixmanifest$/,
    /^extension\/(package(\.nls(\.[\w-]+)?)?\.json|readme\.md|LICENSE\.txt|changelog\.md)$/,
    /^extension\/media\/[^.][\w./-]*\.(svg|png|css|json|md)$/,
    /^extension\/l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
    /^extension\/dist\/(extension|editor|server|cli|\w+Worker)\.js$/,
    /^extension\/dist\/lazy\/[\w.-]+\.js$/,
    /^extension\/dist\/webview\/\w+\.(js|css)$/,
    /^extension\/dist\/worker\/[\w./-]+\.(py|txt|toml|lock|md|json)$/,
    new RegExp(`^extension/dist/node_modules/@lancedb/${native}/(package\\.json|README\\.md|[\\w.-]+\\.node)$`),
  ];

  it('is what is expected and nothing else', () => {
    expect([...files.keys()].filter((name) => !expected.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('has everything that the extension needs to run', () => {
    const needed = [
      'package.json',
      'readme.md',
      'LICENSE.txt',
      'dist/extension.js',
      'dist/editor.js',
      'dist/server.js',
    ];
    needed.push('dist/cli.js', 'dist/webview/samples.js', 'media/schemas/smt.schema.json');
    expect(needed.filter((name) => !files.has(`extension/${name}`))).toEqual([]);
    const binaries = [...files.keys()].filter((name) => name.endsWith('.node'));
    expect(binaries).toHaveLength(target === 'none' ? 0 : 1);
  });

  it(`takes at most ${sizeLimitBytes / 2 ** 20} MB`, () => {
    expect(statSync(vsix).size).toBeLessThanOrEqual(sizeLimitBytes);
  });

  it('names no path of the machine that built it', () => {
    const paths = [repository, `${homedir()}/`].map((path) => Buffer.from(path));
    const named = [...files].filter(([, content]) => paths.some((path) => Buffer.from(content).includes(path)));
    expect(named.map(([name]) => name)).toEqual([]);
  });
});

describe('installed into an empty profile', () => {
  let workbench: Workbench;
  let home: string;
  beforeAll(async () => {
    workbench = await openWorkbench({ folder: 'documents', vsix });
    home = globSync(join(workbench.server.dataDir, 'extensions', `${manifest.publisher}.${manifest.name}-*`))[0] ?? '';
  });
  afterAll(() => workbench.close());

  it('runs a command, and VS Code lists it as activated', async () => {
    await workbench.command(titleOf('smt.showLog'));
    const output = workbench.page.locator('.part.panel select option:checked');
    const channel = output.filter({ hasText: manifest.displayName }).first();
    await channel.waitFor({ state: 'attached', timeout: 60_000 });
    await workbench.command('Developer: Show Running Extensions');
    const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', {
      hasText: manifest.displayName,
    });
    // Rows outside the fold are not in the page: the list is walked, a screenful at a time, over and over, until ours is.
    const list = workbench.page.locator('.runtime-extensions-editor .monaco-list');
    await list.waitFor();
    const first = async () => (await list.locator('.monaco-list-row').first().getAttribute('data-index')) ?? '';
    const deadline = Date.now() + 120_000;
    for (let before = ''; !(await row.getByText(/Activation:? .*\d+ ?ms/i).count()); ) {
      if (Date.now() > deadline)
        throw new Error(`not listed as activated: ${(await list.textContent())?.slice(0, 500)}`);
      const now = await first();
      await list.hover();
      // No further down: from the top again, as extensions that start are listed anew.
      await workbench.page.mouse.wheel(0, now === before ? -100_000 : 300);
      before = now;
      await workbench.page.waitForTimeout(300);
    }
    console.log(((await row.first().textContent()) ?? '').replaceAll('\n', ' · '));
    await workbench.screenshot('installed');
  });

  it('runs its command line from where it is installed', () => {
    const shown = execFileSync(process.execPath, [join(home, 'dist', 'cli.js'), '--help'], {
      encoding: 'utf8',
      cwd: tmpdir(),
    });
    expect(shown).toContain('generate');
  });

  it.skipIf(target === 'none')('loads its native vector store', () => {
    const binary = globSync(join(home, 'dist', 'node_modules', '@lancedb', '*', '*.node'))[0];
    const script = `console.log(typeof require(${JSON.stringify(binary)}).Connection)`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('function');
  });
});
