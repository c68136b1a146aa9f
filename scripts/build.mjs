// Bundles the extension: dist/{extension,editor,server,cli}.js and the worker threads for Node, dist/webview/*.js for
// the panels, the Python side, and the one native LanceDB package of the target beside them.
//   node scripts/build.mjs [VSCODE_TARGET]      linux-x64 (default: this machine), win32-arm64, …, or none
// The result is built beside dist/ and swapped in whole, so that what runs from dist/ never sees half a build.
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nodeBundle } from './nodeBundle.mjs';
import { machineTarget, nativePackage } from './packageTargets.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const staged = join(root, '.cache', `dist-${process.pid}`);
const target = process.argv[2] ?? machineTarget();

// Activation loads extension.js alone; all behind the first command or view is a second file, required when needed.
const editorApart = {
  name: 'editor-apart',
  setup(build) {
    build.onResolve({ filter: /\/editor\/composition\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './editor.js', external: true } : undefined,
    );
  },
};

// The server, the command line and the worker threads share their heavy lazy packages: one file each in dist/lazy/,
// required at first use, instead of a copy in every bundle (3 MB of the VSIX). LanceDB and its Arrow stay together.
const lazyPackages = new Set();
const lazyApart = {
  name: 'lazy-apart',
  setup(build) {
    const apart = /^(unpdf|mammoth|cheerio|turndown|gpt-tokenizer|@huggingface\/tokenizers)(\/|$)/;
    build.onResolve({ filter: apart }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      lazyPackages.add(path);
      return { path: `./lazy/${lazyName(path)}.js`, external: true };
    });
  },
};
const lazyName = (path) => path.replace(/^@/, '').replaceAll('/', '-');

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: process.env.SMT_SOURCEMAP !== '1',
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
  entryNames: '[name]',
  outdir: staged,
  logOverride: { 'import-is-undefined': 'error' },
  define: nodeBundle.define,
  banner: nodeBundle.banner,
};
const inSource = (pattern) => globSync(pattern, { cwd: root });
const present = (...files) => files.filter((file) => existsSync(join(root, file)));

/** A hard link where the file system allows it: the native package is 190 MB, and builds are many. */
function linkOrCopy(from, to) {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from, { withFileTypes: true })) {
    const [source, place] = [join(from, file.name), join(to, file.name)];
    if (file.isDirectory()) linkOrCopy(source, place);
    else {
      try {
        linkSync(source, place);
      } catch {
        copyFileSync(source, place);
      }
    }
  }
}

function addNativePackage() {
  const name = nativePackage(target);
  const lance = createRequire(createRequire(import.meta.url).resolve('@lancedb/lancedb'));
  let from;
  try {
    from = dirname(lance.resolve(`@lancedb/${name}/package.json`));
  } catch {
    throw new Error(
      `@lancedb/${name}, which ${target} needs, is not installed: npm installs the one of this machine only. ` +
        `Add it with: npm install --no-save --force @lancedb/${name}@${lance('@lancedb/lancedb/package.json').version}`,
    );
  }
  const to = join(staged, 'node_modules', '@lancedb', name);
  linkOrCopy(from, to);
  if (!readdirSync(to).some((file) => file.endsWith('.node'))) throw new Error(`@lancedb/${name} has no binary`);
}

function swapIn() {
  const old = `${staged}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(staged, dist);
  rmSync(old, { recursive: true, force: true });
}

rmSync(staged, { recursive: true, force: true });
try {
  await Promise.all([
    build({
      ...node,
      entryPoints: [
        ...present('src/extension.ts').map((file) => ({ in: file, out: 'extension' })),
        ...present('src/editor/composition.ts').map((file) => ({ in: file, out: 'editor' })),
      ],
      external: ['vscode'],
      supported: { 'dynamic-import': false }, // plain require: nothing for the host's module loader to get wrong
      plugins: [editorApart],
    }),
    // Native or heavy parts are reached by `await import()` only, in the server and in jobs.
    build({
      ...node,
      entryPoints: [...present('src/server.ts', 'src/cli.ts'), ...inSource('src/**/*Worker.ts')],
      external: nodeBundle.external,
      supported: { 'dynamic-import': false },
      plugins: [...nodeBundle.plugins, lazyApart],
    }),
    build({
      ...common,
      platform: 'browser',
      format: 'esm',
      target: 'chrome130',
      entryPoints: inSource('webview/*/main.ts').map((file) => ({ in: file, out: basename(dirname(file)) })),
      outdir: join(staged, 'webview'),
    }),
  ]);
  await build({
    ...node,
    entryPoints: [...lazyPackages].map((path) => ({ in: path, out: lazyName(path) })),
    outdir: join(staged, 'lazy'),
  });
  if (existsSync(join(root, 'worker'))) {
    const left = /(^|[\\/])(tests|__pycache__|\.venv|\.\w+_cache)([\\/]|$)|\.egg-info([\\/]|$)/;
    cpSync(join(root, 'worker'), join(staged, 'worker'), { recursive: true, filter: (path) => !left.test(path) });
  }
  if (target !== 'none') addNativePackage();
  swapIn();
} finally {
  rmSync(staged, { recursive: true, force: true });
}
