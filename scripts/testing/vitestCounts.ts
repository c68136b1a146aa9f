import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Counts } from './counts.ts';

/**
 * Writes what a vitest run did to the file SMT_TEST_COUNTS. A file that does not load, a hook that throws and an error
 * outside any test count as failures: vitest's own totals leave them out.
 */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env.SMT_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(countsOf(modules, unhandled.length)));
  }
}

function countsOf(modules: readonly TestModule[], unhandled: number): Counts {
  let passed = 0;
  let failed = unhandled;
  const skips: string[] = [];
  for (const module of modules) {
    const broken = [module, ...module.children.allSuites()].flatMap((part) => part.errors()).length;
    failed += broken;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'skipped') {
        // After a hook that threw, vitest calls the rest skipped; the throw is counted already.
        if (result.note) skips.push(`${test.fullName}: ${result.note}`);
        else if (broken === 0) skips.push(test.fullName);
      } else failed += 1; // failed, or never finished
    }
  }
  return { passed, failed, skips };
}
