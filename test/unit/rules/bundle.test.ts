import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildResult, build, type Metafile, type PluginBuild } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from './sources.ts';

// The same entry as scripts/build.mjs, built in memory: what activation loads.
describe('what activation loads', () => {
  let result: BuildResult<{ write: false; metafile: true }>;
  let output: Metafile['outputs'][string] | undefined;
  beforeAll(async () => {
    result = await build({
      absWorkingDir: root,
      entryPoints: ['src/extension.ts'],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'cjs',
      outfile: 'extension.js',
      external: ['vscode'],
      plugins: [
        {
          name: 'editor-apart',
          setup({ onResolve }: PluginBuild) {
            onResolve({ filter: /\/editor\/composition\.ts$/ }, () => ({ path: './editor.js', external: true }));
          },
        },
      ],
    });
    output = result.metafile.outputs['extension.js'];
  });

  it('is small: under 64 KB', () => {
    expect(output?.bytes).toBeGreaterThan(0);
    expect(output?.bytes).toBeLessThan(64_000);
  });

  it('has no package in it, native or not', () => {
    const packages = Object.keys(result.metafile.inputs).filter((file) => file.includes('node_modules'));
    expect(packages).toEqual([]);
    const outside = (output?.imports ?? []).map(({ path }) => path).filter((path) => !path.startsWith('node:'));
    expect([...new Set(outside)].sort()).toEqual(['./editor.js', 'vscode']);
  });

  it('is what was built last, when something was built', ({ skip }) => {
    const built = join(root, 'dist', 'extension.js');
    if (!existsSync(built)) skip('dist/ is not built; the package layer looks at the real file');
    const text = readFileSync(built, 'utf8');
    expect(text).not.toMatch(/lancedb|\.node["'`]/);
    expect(text.length).toBeLessThan(64_000);
  });
});
