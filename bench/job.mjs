/**
 * The whole generating job as a person starts it: `smt generate` through the bundled command line, with the real plan,
 * prompts, dispatcher, log, request store, parser, duplicates, token counts and LanceDB table.
 */
import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../scripts/nodeBundle.mjs';
import { documents } from './documents.mjs';

const root = join(import.meta.dirname, '..');

/** The command line and its worker threads in `work/cli`. */
export async function bundleCli(work) {
  await build({
    absWorkingDir: root,
    ...nodeBundle,
    entryPoints: ['src/cli.ts', ...globSync('src/**/*Worker.ts', { cwd: root })],
    entryNames: '[name]',
    outdir: join(work, 'cli'),
    sourcemap: true,
    minify: false,
    supported: { 'dynamic-import': false },
    logLevel: 'error',
  });
  return join(work, 'cli', 'cli.js');
}

const CALLS_PER_DOCUMENT = 40;
/** A document of the pool has two parts of about 600 tokens. */
const PARTS = 2;

/** A project of invented documents, planned to about `requests` requests. */
export function makeProject(folder, { requests, concurrency, url, callsPerPart = CALLS_PER_DOCUMENT / PARTS }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'documents'), { recursive: true });
  const count = Math.max(1, Math.round(requests / (callsPerPart * PARTS)));
  for (const [index, text] of documents(count).entries()) {
    writeFileSync(
      join(folder, 'documents', `report-${String(index).padStart(5, '0')}.md`),
      `# Report ${index}\n\n${text}\n`,
    );
  }
  writeFileSync(
    join(folder, 'smt.yaml'),
    `v: 1
name: Benchmark
generator:
  endpoints: [mock]
  max_concurrency: ${concurrency}
methods:
  qa: { calls_per_part: ${callsPerPart} }
  active_reading: { enabled: false }
  focal_rewriting: { enabled: false }
`,
  );
  writeFileSync(
    join(folder, 'endpoints.yaml'),
    `v: 1
endpoints:
  mock: { base_url: "${url}", model: mock-model, max_concurrency: ${concurrency}, price: { input: 1, output: 2 } }
`,
  );
}

/** Answers of five questions each; 200 different ones, so that most questions of a document are no repeats. */
export function answers() {
  const words = documents(60).join(' ').toLowerCase().replaceAll('.', '').split(' ');
  let at = 0;
  const take = (count) => {
    at += count;
    return words.slice(at - count, at).join(' ');
  };
  return Array.from({ length: 200 }, () =>
    Array.from(
      { length: 5 },
      () =>
        `Question: What is said about ${take(9)}?\nExplanation: The report says ${take(22)}.\nAnswer: It is ${take(6)}.`,
    ).join('\n\n'),
  );
}

/** Runs `smt generate` in the project. Times are seconds; `exit` is the whole process, `usage` its CPU and memory. */
export async function generate(cli, folder, { nodeArguments = [] } = {}) {
  const usage = join(folder, 'usage.json');
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--require',
      join(import.meta.dirname, 'preload.cjs'),
      ...nodeArguments,
      cli,
      'generate',
      '--json',
      '--project',
      folder,
    ],
    {
      env: {
        ...process.env,
        SMT_CONFIG: join(folder, 'endpoints.yaml'),
        BENCH_USAGE: usage,
        NODE_PATH: join(root, 'node_modules'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (complained = (complained + text).slice(-4000)));
  const code = await new Promise((ended, failed) => child.on('error', failed).on('close', ended));
  const seconds = (performance.now() - started) / 1000;
  const ended = Date.now() / 1000;
  if (code !== 0) throw new Error(`smt generate ended with ${code}: ${said.slice(-2000)}${complained}`);
  const record = JSON.parse(said.trim().split('\n').at(-1));
  const events = readFileSync(join(folder, '.smt', 'runs', record.run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // The phase `save` begins when the last answer is on disk.
  const logged = events.find((event) => event.type === 'phase' && event.name === 'save')?.ts;
  return { seconds, ended, logged, counts: record.counts, ...JSON.parse(readFileSync(usage, 'utf8')) };
}
