import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Screenshots and reports of a test run, ignored by git. */
export const testResults = join(repository, 'test-results');
