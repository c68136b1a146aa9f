/** Activation in a real extension host, from `dist/`: in VS Code's web workbench, as the host tests are run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { personEnvironment } from '../scripts/testing/person.ts';

const root = join(import.meta.dirname, '..');
const STARTS = 3;

/** Milliseconds of `activate()` and of the host's whole call (with loading the file), per start; or why there are none. */
export async function measureActivation() {
  const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) return { problem: `the build failed: ${built.stderr.slice(-300)}` };
  const starts = [];
  for (let start = 0; start < STARTS; start++) {
    const scratch = mkdtempSync(join(tmpdir(), 'smt-bench-host-'));
    const file = join(scratch, 'activation.json');
    try {
      await runTests({
        vscodeExecutablePath: process.env.VSCODE_EXECUTABLE ?? join(root, 'scripts', 'testing', 'codeWebHost.ts'),
        extensionDevelopmentPath: root,
        extensionTestsPath: join(import.meta.dirname, 'clients', 'activation.cjs'),
        extensionTestsEnv: { ...personEnvironment(scratch), BENCH_ACTIVATION: file },
      });
      starts.push(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    } finally {
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
  console.log(`activation: ${JSON.stringify(starts)}`);
  return { starts };
}
