import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // Prompt templates are text, as in the esbuild bundles.
      name: 'markdown-as-text',
      enforce: 'pre',
      load(id) {
        return id.endsWith('.md') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined;
      },
    },
  ],
  test: {
    include: ['test/unit/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // A second, vitest's own, is too short on two busy cores.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    pool: 'forks',
  },
});
