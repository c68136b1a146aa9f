// Builds the VSIX of one target and prints its path and size.
//   npm run package [-- VSCODE_TARGET]       linux-x64 (default: this machine), win32-arm64, …, or none (no vector store)
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineTarget, nativePackage } from './packageTargets.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (path) => join(root, 'node_modules', path);

/** Path of the VSIX. Throws when the build or vsce fails; their output is on the terminal. */
export function packageExtension(target = machineTarget()) {
  if (target !== 'none') nativePackage(target); // an unknown target is refused before anything is built
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const vsix = join(root, target === 'none' ? `${name}-${version}.vsix` : `${name}-${target}-${version}.vsix`);
  rmSync(vsix, { force: true });
  run('scripts/build.mjs', join(root, 'scripts', 'build.mjs'), target);
  if (target.startsWith('linux') || target.startsWith('alpine')) stripSymbols();
  const platform = target === 'none' ? [] : ['--target', target];
  // Everything is bundled, hence --no-dependencies. The scan for secrets reads the one readable bundle for minutes.
  run(
    'vsce',
    bin('@vscode/vsce/vsce'),
    'package',
    '--no-dependencies',
    ...platform,
    '--allow-missing-repository',
    // The README's picture and pages are read in the repository; they are not in the package.
    '--no-rewrite-relative-links',
    '-o',
    vsix,
  );
  return vsix;
}

/**
 * LanceDB's binary comes with its symbol table, a sixth of its size; where binutils are installed it is left out of the
 * VSIX. A new file takes the place of the hard link: the package in node_modules stays as it is.
 */
function stripSymbols() {
  for (const file of globSync(join(root, 'dist', 'node_modules', '@lancedb', '*', '*.node'))) {
    const stripped = `${file}.stripped`;
    const { status } = spawnSync('strip', ['--strip-unneeded', '-o', stripped, file], { stdio: 'ignore' });
    if (status === 0) renameSync(stripped, file);
    else {
      rmSync(stripped, { force: true });
      console.log('strip (binutils) is not here or does not know this binary: it is packed with its symbols');
    }
  }
}

function run(name, script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${name} failed (${status})`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const vsix = packageExtension(process.argv[2]);
  console.log(`${vsix}\n${(statSync(vsix).size / 1e6).toFixed(1)} MB`);
}
