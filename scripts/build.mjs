// Bundles the extension: dist/{extension,server,cli}.js for Node, dist/webview/*.js for the panels,
// and the one native LanceDB package of the target beside them.
//   node scripts/build.mjs [VSCODE_TARGET]      linux-x64 (default: this machine), win32-arm64, …, or none
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const nativePackage = {
  'darwin-arm64': 'lancedb-darwin-arm64',
  'linux-x64': 'lancedb-linux-x64-gnu',
  'linux-arm64': 'lancedb-linux-arm64-gnu',
  'alpine-x64': 'lancedb-linux-x64-musl',
  'alpine-arm64': 'lancedb-linux-arm64-musl',
  'win32-x64': 'lancedb-win32-x64-msvc',
  'win32-arm64': 'lancedb-win32-arm64-msvc',
};
const target = process.argv[2] ?? `${process.platform}-${process.arch}`;

// LanceDB requires openai and @huggingface/transformers lazily, inside try: leave those two out when LanceDB asks.
const lanceOptionals = {
  name: 'lance-optionals',
  setup(build) {
    build.onResolve({ filter: /^(openai|@huggingface\/transformers)$/ }, ({ path, importer }) =>
      /[\\/]@lancedb[\\/]/.test(importer) ? { path, external: true } : undefined,
    );
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  sourcemap: process.env.SMT_SOURCEMAP === '1',
  logLevel: 'warning',
  loader: { '.md': 'text' },
  legalComments: 'none',
};
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  logOverride: { 'import-is-undefined': 'error' },
};
const entry = (file) => (existsSync(join(root, file)) ? [file] : []);

rmSync(dist, { recursive: true, force: true });
await Promise.all([
  build({ ...node, entryPoints: entry('src/extension.ts'), outfile: 'dist/extension.js', external: ['vscode'] }),
  // Native or heavy parts are reached by `await import()` only, in the server and in jobs.
  build({
    ...node,
    entryPoints: [...entry('src/server.ts'), ...entry('src/cli.ts'), ...entry('src/engine/corpus/tokenWorker.ts')],
    entryNames: '[name]',
    outdir: 'dist',
    external: ['@lancedb/lancedb-*', '*.node'],
    plugins: [lanceOptionals],
  }),
  build({
    ...common,
    platform: 'browser',
    format: 'esm',
    target: 'chrome130',
    entryPoints: entry('webview/samples/main.ts'),
    entryNames: 'samples',
    outdir: 'dist/webview',
  }),
]);

if (target !== 'none') {
  const name = nativePackage[target];
  if (!name) throw new Error(`LanceDB has no native package for ${target}: build it with "none"`);
  const lance = createRequire(createRequire(import.meta.url).resolve('@lancedb/lancedb'));
  const from = dirname(lance.resolve(`@lancedb/${name}/package.json`));
  const to = join(dist, 'node_modules', '@lancedb', name);
  cpSync(from, to, { recursive: true });
  if (!readdirSync(to).some((file) => file.endsWith('.node'))) throw new Error(`${to} has no binary`);
}
