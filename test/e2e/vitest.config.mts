import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// A person's clicks in the real workbench. One workbench a file (it takes some 5 s), one file at a time: two would
// wait for each other's processor, and every wait here has an end.
export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../.cache/vite'),
  test: {
    root: import.meta.dirname,
    include: ['**/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    // A second, vitest's own, is too short on two busy cores.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 120_000,
    pool: 'forks',
  },
});
