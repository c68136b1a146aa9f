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
    testTimeout: 180_000,
    // The browser workbench at times serves a frame late or not at all on a busy machine; a defect of ours fails twice.
    retry: 1,
    // A second, vitest's own, is too short on two busy cores.
    expect: { poll: { timeout: 40_000 } },
    hookTimeout: 240_000,
    pool: 'forks',
  },
});
