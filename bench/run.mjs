/**
 * `npm run bench [-- --peers] [--rounds 2] [--quick] [--report FILE]`: the same requests through bare undici, the openai
 * SDK, our engine and the whole `smt generate`, side by side on one mock server, and with --peers through the Python
 * generators people use instead; then resume, the samples table and activation. Everything in docs/benchmarks.md is of
 * one run. Only ratios of one run mean something; the machine's own noise moves all of them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../scripts/nodeBundle.mjs';
import { measureActivation } from './activation.mjs';
import { bundleCli } from './job.mjs';
import { startMock } from './mockServer.mjs';
import { peerRates } from './peerRates.mjs';
import { clientRates, jobRates } from './rate.mjs';
import { measureResume } from './resume.mjs';
import { lastLine, options, root, rounds, scale, work } from './setting.mjs';
import { writeReport } from './writeReport.mjs';

async function bundle() {
  for (const name of ['engine', 'resume']) {
    await build({
      ...nodeBundle,
      entryPoints: [join(import.meta.dirname, 'clients', `${name}.ts`)],
      // Beside the command line's worker threads, which they start too.
      outfile: join(work, 'cli', `${name}.cjs`),
      supported: { 'dynamic-import': false },
      logLevel: 'error',
    });
  }
}

/** bench/samples.mjs in a process of its own; it says itself which bars it missed. */
function samples() {
  const script = join(import.meta.dirname, 'samples.mjs');
  const args = [script, '--json', '--rows', `${1_000_000 * scale}`];
  // The environment that the extension gives its server and its jobs.
  const env = { MALLOC_ARENA_MAX: '2', ...process.env };
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: root, env });
  if (!stdout.trim()) throw new Error(`bench/samples.mjs: ${stderr.slice(-2000)}`);
  console.log(`samples: ${stdout.trim()}`);
  return lastLine(stdout);
}

mkdirSync(work, { recursive: true });
const began = performance.now();
const loadBefore = loadavg()[0];
await bundle();
const cli = await bundleCli(work);
const mock = await startMock(work);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    mock.stop();
    process.exit(130);
  });
}
const stage = async (name, work) => {
  const from = performance.now();
  const result = await work();
  console.log(`— ${name}: ${Math.round((performance.now() - from) / 1000)} s\n`);
  return result;
};
try {
  const results = await stage('rate', () => clientRates(mock));
  const jobResults = await stage('whole job', () => jobRates(mock, cli));
  const peerResults = options.peers ? await stage('peers', () => peerRates(mock)) : undefined;
  const resumed = await stage('resume', () => measureResume(cli, mock.url));
  const stored = await stage('samples', samples);
  const activation = await stage('activation', () => measureActivation(work));
  const version = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  writeReport(options.report, {
    command: `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`,
    machine: `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`,
    versions: `Node ${process.version}, undici ${version('undici')}, openai ${version('openai')}, LanceDB ${version('@lancedb/lancedb')}, mock server: ${mock.name}`,
    minutes: (performance.now() - began) / 60_000,
    load: [loadBefore, loadavg()[0]],
    scale,
    rounds,
    results,
    jobs: jobResults,
    peers: peerResults,
    resume: resumed,
    samples: stored,
    activation,
  });
  console.log(`wrote ${options.report}`);
} finally {
  mock.stop();
}
