import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// The VSIX as a person gets it: its contents, and an installation into an empty profile.
export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../.cache/vite'),
  test: {
    root: import.meta.dirname,
    include: ['**/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    // As in the e2e layer.
    retry: 1,
    hookTimeout: 300_000,
    pool: 'forks',
  },
});
