// Builds the VSIX of one target and prints its path and size.
//   npm run package [-- VSCODE_TARGET]       linux-x64 (default: this machine), win32-arm64, …, or none (no vector store)
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
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
  const platform = target === 'none' ? [] : ['--target', target];
  // Everything is bundled, hence --no-dependencies. The scan for secrets reads the one readable bundle for minutes.
  run(
    'vsce',
    bin('@vscode/vsce/vsce'),
    'package',
    '--no-dependencies',
    ...platform,
    '--allow-missing-repository',
    '-o',
    vsix,
  );
  return vsix;
}

function run(name, script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${name} failed (${status})`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const vsix = packageExtension(process.argv[2]);
  console.log(`${vsix}\n${(statSync(vsix).size / 1e6).toFixed(1)} MB`);
}
