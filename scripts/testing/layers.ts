// The layers of the test suite. Each runs in a process of its own and leaves its counts in a file: a layer that crashes,
// hangs or counts nothing is a failure, never a silent zero.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { browserExecutable } from './browser.ts';
import { add, type Counts, noCounts, sentence } from './counts.ts';
import { editorRoot } from './editor.ts';
import { repository } from './repository.ts';

export const layerNames = ['check', 'unit', 'host', 'e2e', 'package', 'worker'] as const;
export type LayerName = (typeof layerNames)[number];

interface Layer {
  readonly needs: readonly ('build' | 'editor')[];
  readonly limitMinutes: number;
  /** `undefined` where there is nothing to run. */
  run(limitMs: number): Promise<Counts | undefined>;
}

const module = (name: string, file: string) => join(repository, 'node_modules', name, file);
const vitest = (config: string) => (limitMs: number) =>
  counted(
    [
      module('vitest', 'vitest.mjs'),
      'run',
      ...['--config', join(repository, config), '--passWithNoTests=false'],
      ...['--reporter=default', `--reporter=${join(import.meta.dirname, 'vitestCounts.ts')}`],
    ],
    limitMs,
  );

const layers: Record<LayerName, Layer> = {
  check: { needs: [], limitMinutes: 5, run: staticChecks },
  unit: { needs: [], limitMinutes: 30, run: vitest('vitest.config.mts') },
  host: {
    needs: ['build', 'editor'],
    limitMinutes: 10,
    run: (limitMs) => counted([join(import.meta.dirname, 'host.ts')], limitMs),
  },
  e2e: { needs: ['build', 'editor'], limitMinutes: 25, run: vitest('test/e2e/vitest.config.mts') },
  package: { needs: ['build', 'editor'], limitMinutes: 10, run: vitest('test/package/vitest.config.mts') },
  worker: {
    needs: [],
    limitMinutes: 20,
    run: async (limitMs) =>
      existsSync(join(repository, 'worker', 'tests'))
        ? counted([join(import.meta.dirname, 'worker.ts')], limitMs)
        : undefined,
  },
};

/** Runs the layers one after the other, prints what each did and how long it took. */
export async function runLayers(names: readonly LayerName[]): Promise<Counts> {
  const results: string[] = [];
  let total = noCounts;
  let built = true;
  if (names.some((name) => layers[name].needs.includes('build'))) {
    const { seconds, value } = await timed(() => node([join(repository, 'scripts', 'build.mjs')], 5 * 60_000));
    results.push(line('build', seconds, value === 0 ? 'done' : `failed (${value})`));
    built = value === 0;
  }
  if (names.some((name) => layers[name].needs.includes('editor'))) {
    const { seconds } = await timed(async () => {
      await editorRoot();
      await browserExecutable();
    });
    results.push(line('set-up', seconds, 'editor and browser'));
  }
  for (const name of names) {
    const layer = layers[name];
    if (!built && layer.needs.includes('build')) {
      results.push(line(name, 0, 'failed: the build did'));
      total = add(total, { passed: 0, failed: 1, skips: [] });
      continue;
    }
    console.log(`\n── ${name} ──`);
    const { seconds, value } = await timed(() => layer.run(layer.limitMinutes * 60_000));
    if (!value) continue;
    for (const skip of value.skips) console.log(`skipped: ${skip}`);
    results.push(line(name, seconds, sentence(value)));
    total = add(total, value);
  }
  console.log(`\n${results.join('\n')}`);
  return total;
}

const line = (name: string, seconds: number, result: string) =>
  `${name.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s   ${result}`;

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const began = performance.now();
  const value = await work();
  return { seconds: (performance.now() - began) / 1000, value };
}

const CountsFile = z.object({ passed: z.int(), failed: z.int(), skips: z.array(z.string()) });

/** Runs a Node script that writes its counts to the file SMT_TEST_COUNTS. */
async function counted(script: readonly string[], limitMs: number): Promise<Counts> {
  const scratch = mkdtempSync(join(tmpdir(), 'smt-counts-'));
  const file = join(scratch, 'counts.json');
  try {
    const code = await node(script, limitMs, { SMT_TEST_COUNTS: file });
    const crashed = (why: string): Counts => {
      console.error(`This layer ${why}.`);
      return { passed: 0, failed: 1, skips: [] };
    };
    if (!existsSync(file)) return crashed(`ended with ${code} and left no counts`);
    const counts = CountsFile.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (counts.passed + counts.failed === 0) return crashed('ran no test');
    // All passed, and still the runner is not content: whatever it was, it is not a success.
    if (code !== 0 && counts.failed === 0) return add(counts, crashed(`ended with ${code}`));
    return counts;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Exit code of a Node script; `timed out`, or its signal, where there is none. */
function node(script: readonly string[], limitMs: number, env: Record<string, string> = {}): Promise<number | string> {
  const plain: Record<string, string> = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' };
  const child = spawn(process.execPath, [...script], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...plain, ...env },
  });
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      child.kill();
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
      done(`timed out after ${limitMs / 60_000} minutes`);
    }, limitMs);
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      done(code ?? signal ?? 'no exit code');
    });
  });
}

/** Types, and one linter and formatter: each a test that passes or fails. */
async function staticChecks(limitMs: number): Promise<Counts> {
  let counts = noCounts;
  for (const [name, script] of [
    ['types', [module('typescript', 'bin/tsc'), '-p', '.']],
    ['lint and format', [module('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', '.']],
  ] as const) {
    const code = await node(script, limitMs);
    console.log(`${code === 0 ? '✓' : '✗'} ${name}`);
    counts = add(counts, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skips: [] });
  }
  return counts;
}
