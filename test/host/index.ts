// extensionTestsPath: VS Code loads this module, bundled, in the extension host and calls run().
// It runs every bundled *.test.ts of its run (see scripts/testing/hostRuns.ts) and writes the counts to SMT_TEST_COUNTS,
// as the output on its way through the workbench is no place to count from.
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

const testTimeoutMs = 120_000;

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: testTimeoutMs, color: false, forbidOnly: true, retries: 1 });
  for (const file of globSync('*.test.cjs', { cwd: __dirname }).sort()) mocha.addFile(join(__dirname, file));
  const skips: string[] = [];
  return new Promise((done, fail) => {
    const runner = mocha.run((failures) => {
      const counts = { passed: runner.stats?.passes ?? 0, failed: failures, skips };
      const file = process.env.SMT_TEST_COUNTS;
      if (file) writeFileSync(file, JSON.stringify(counts));
      if (failures > 0) fail(new Error(`${failures} failed`));
      else done();
    });
    runner.on('pending', (test) => skips.push(test.fullTitle()));
  });
}
