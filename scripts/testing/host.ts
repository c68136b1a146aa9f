// The host layer: mocha inside real VS Code, through @vscode/test-electron. On a desktop with VSCODE_EXECUTABLE=desktop
// that package downloads VS Code; otherwise codeWebHost.ts stands in for the executable.
//   node scripts/testing/host.ts [FILE…]      test/host/*.test.ts by part of the name; default all
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { add, type Counts, noCounts, sentence } from './counts.ts';
import { type HostRun, hostRuns, runOf } from './hostRuns.ts';
import { personEnvironment } from './person.ts';
import { repository } from './repository.ts';
import { extensionAlone } from './workbench.ts';

/** Runs every group of test files in its own VS Code; a run without counts is one failure. */
export async function runHostTests(parts: readonly string[] = []): Promise<Counts> {
  const all = globSync('test/host/**/*.test.ts', { cwd: repository }).sort();
  const files = all.filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
  const unknown = files.filter((file) => !hostRuns.some((run) => run.name === runOf(file)));
  if (unknown.length > 0) throw new Error(`No run in scripts/testing/hostRuns.ts for ${unknown.join(', ')}`);
  let counts = noCounts;
  for (const run of hostRuns) {
    const own = files.filter((file) => runOf(file) === run.name);
    if (own.length === 0) continue;
    console.log(`\n${run.name}: ${run.workspace ?? 'no folder'}`);
    counts = add(counts, await runOnce(run, own));
  }
  return counts;
}

async function runOnce(run: HostRun, files: readonly string[]): Promise<Counts> {
  const bundles = await bundle(run, files);
  const scratch = mkdtempSync(join(tmpdir(), 'smt-host-'));
  const countsFile = join(scratch, 'counts.json');
  const folder = join(scratch, run.workspace ?? 'empty');
  if (run.workspace) cpSync(join(repository, 'test/fixtures/workspaces', run.workspace), folder, { recursive: true });
  const standIn = process.env.VSCODE_EXECUTABLE ?? join(import.meta.dirname, 'codeWebHost.ts');
  // The stand-in starts the server with its own environment, so what the tests need is set here as well.
  const env = {
    ...personEnvironment(scratch),
    SMT_TEST_COUNTS: countsFile,
    SMT_TEST_REPOSITORY: repository,
    HOST_TEST_RESTRICTED: run.trusted ? '' : '1',
  };
  try {
    await runTests({
      ...(standIn === 'desktop' ? {} : { vscodeExecutablePath: standIn }),
      extensionDevelopmentPath: extensionAlone(),
      extensionTestsPath: join(bundles, 'index.cjs'),
      launchArgs: run.workspace ? [folder] : [],
      extensionTestsEnv: env,
    });
  } catch (error) {
    if (!existsSync(countsFile)) console.error(`${run.name}: VS Code ended before the tests did. ${String(error)}`);
  }
  try {
    return existsSync(countsFile) ? readCounts(countsFile) : { passed: 0, failed: 1, skips: [] };
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function readCounts(file: string): Counts {
  const { passed, failed, skips } = JSON.parse(readFileSync(file, 'utf8')) as Counts;
  // A run in which nothing ran is no success.
  return passed + failed + skips.length > 0 ? { passed, failed, skips } : { passed: 0, failed: 1, skips };
}

/** Each test file becomes one module beside index.cjs; the extension's own source is not to be imported. */
async function bundle(run: HostRun, files: readonly string[]): Promise<string> {
  const folder = join(repository, '.cache', 'host-tests', run.name);
  rmSync(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: repository,
    entryPoints: ['test/host/index.ts', ...files],
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    loader: { '.md': 'text' },
    logLevel: 'warning',
  });
  return folder;
}

if (process.argv[1] === import.meta.filename) {
  const counts = await runHostTests(process.argv.slice(2));
  for (const skip of counts.skips) console.log(`skipped: ${skip}`);
  const file = process.env.SMT_TEST_COUNTS;
  if (file) writeFileSync(file, JSON.stringify(counts));
  console.log(sentence(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
