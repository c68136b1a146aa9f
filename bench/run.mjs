/**
 * `npm run bench [-- --peers] [--rounds 2] [--quick] [--report FILE]`: the same requests through bare undici, the openai
 * SDK, our engine and the whole `smt generate`, side by side on one mock server, and with --peers through the Python
 * generators people use instead; then resume, the samples table and activation. Everything in docs/benchmarks.md is of
 * one run. Only ratios of one run mean something; the machine's own noise moves all of them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { nodeBundle } from '../scripts/nodeBundle.mjs';
import { measureActivation } from './activation.mjs';
import { documents, mark, POOL } from './documents.mjs';
import { answers, bundleCli, generate, makeProject } from './job.mjs';
import { startMock } from './mockServer.mjs';
import { PEERS, runPeer } from './peers.mjs';
import { writeReport } from './writeReport.mjs';

const root = join(import.meta.dirname, '..');
const work = join(root, '.cache', 'bench');
const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    report: { type: 'string', default: join(root, 'docs', 'benchmarks.md') },
  },
});

const scale = options.quick ? 0.05 : 1;
const rounds = Number(options.rounds);
/** Enough for every document's plan to be under way and the table to be indexed once. */
const JOB_REQUESTS = 16_000 * scale;
const SETTINGS = [
  { latency: 0, concurrency: 256, count: 10_000 * scale },
  { latency: 0, concurrency: 1024, count: 10_000 * scale },
  { latency: 200, concurrency: 256, count: 8_000 * scale },
  { latency: 200, concurrency: 1024, count: 30_000 * scale },
];

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

const CLIENTS = {
  undici: join(import.meta.dirname, 'clients', 'undici.mjs'),
  openai: join(import.meta.dirname, 'clients', 'openai.mjs'),
  engine: join(work, 'cli', 'engine.cjs'),
};

function runClient(name, { count, concurrency, bytes = '' }, url) {
  const out = join(work, 'out', name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, '..'), { recursive: true });
  const text = execFileSync(process.execPath, [CLIENTS[name], url, `${count}`, `${concurrency}`, out, `${bytes}`], {
    encoding: 'utf8',
  });
  rmSync(out, { recursive: true, force: true });
  const figures = JSON.parse(text.trim().split('\n').at(-1));
  if (figures.answered !== count) throw new Error(`${name} answered ${figures.answered} of ${count}`);
  return figures;
}

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
};

const order = (round, names) => (round % 2 ? names.toReversed() : names);

async function clients(mock) {
  const results = [];
  for (const setting of SETTINGS) {
    const all = [];
    for (let round = 0; round < rounds; round++) {
      const figures = {};
      // In turn, and in another order each time: what else the machine does then falls on all of them.
      for (const name of order(round, ['undici', 'engine', 'openai'])) {
        const few = name === 'openai' ? { ...setting, count: Math.round(setting.count / 10) } : setting;
        await mock.configure({ latency_ms: setting.latency });
        figures[name] = runClient(name, few, mock.url);
        tell(setting, name, figures[name]);
      }
      all.push(figures);
    }
    const summary = { setting };
    for (const name of ['undici', 'engine', 'openai']) {
      const of = (key) => median(all.map((figures) => figures[name][key]));
      summary[name] = { rps: of('rps'), cpu_us: of('cpu_us'), peak_rss_mb: of('peak_rss_mb') };
    }
    summary.ratio = median(all.map((figures) => figures.engine.rps / figures.undici.rps));
    summary.cpuRatio = median(all.map((figures) => figures.undici.cpu_us / figures.engine.cpu_us));
    results.push(summary);
  }
  return results;
}

const tell = ({ latency, concurrency }, name, figures) =>
  console.log(`${latency} ms, ${concurrency} in flight, ${name}: ${JSON.stringify(figures)}`);

/** `smt generate` of a project beside bare undici with as many requests of the same mean size and the same answers. */
async function jobs(mock, cli) {
  const folder = join(work, 'job');
  const contents = answers();
  const results = [];
  let bytes;
  for (const { latency, concurrency } of SETTINGS) {
    const setting = { latency, concurrency };
    const all = [];
    const job = async () => {
      makeProject(folder, { requests: JOB_REQUESTS, concurrency, url: mock.url });
      await mock.configure({ latency_ms: latency, contents });
      const ran = await generate(cli, folder);
      const stats = await mock.stats();
      if (stats.ok !== ran.counts.planned) throw new Error(`the server answered ${stats.ok} of ${ran.counts.planned}`);
      bytes = Math.round(stats.req_bytes / stats.ok);
      return {
        requests: stats.ok,
        rps: stats.ok / (ran.logged - stats.first_unix),
        server_rps: stats.rps_ok,
        table_rps: stats.ok / (ran.ended - stats.first_unix),
        before_s: ran.seconds - (ran.ended - stats.first_unix),
        samples: ran.counts.samples,
        accepted: ran.counts.accepted,
        cpu_s: ran.cpu_s,
        peak_rss_mb: ran.peak_rss_mb,
      };
    };
    const bare = async () => {
      await mock.configure({ latency_ms: latency, contents });
      return runClient('undici', { count: JOB_REQUESTS, concurrency, bytes }, mock.url);
    };
    // The first job tells how long its requests are, so that undici sends the same.
    for (let round = 0; round < rounds; round++) {
      const figures = {};
      for (const name of order(round, ['job', 'undici'])) {
        figures[name] = await (name === 'job' ? job() : bare());
        tell(setting, `whole job, ${name}`, figures[name]);
      }
      all.push(figures);
    }
    const of = (name, key) => median(all.map((figures) => figures[name][key]));
    const summary = { setting, bytes, undici: { rps: of('undici', 'rps') }, job: {} };
    for (const key of Object.keys(all[0].job)) summary.job[key] = of('job', key);
    for (const key of ['rps', 'server_rps', 'table_rps'])
      summary[`${key}_ratio`] = median(all.map((figures) => figures.job[key] / figures.undici.rps));
    results.push(summary);
  }
  rmSync(folder, { recursive: true, force: true });
  return results;
}

async function peers(mock) {
  const venvs = join(work, 'venvs');
  console.log('installing the Python peers where they are not yet …');
  spawnSync('bash', [join(import.meta.dirname, 'peers', 'setup.sh'), venvs], { stdio: 'inherit' });
  const texts = documents();
  const line = (_, index) => JSON.stringify({ id: String(index), text: `${mark(index)} ${texts[index % POOL]}` });
  const results = [];
  for (const { latency, concurrency } of SETTINGS.filter(
    (setting) => !(setting.latency === 0 && setting.concurrency > 256),
  )) {
    // Several times what may be in flight: else all is sent at once, and the rate is that of one burst.
    const count = Math.round(Math.max(1000, 3 * concurrency) * scale);
    const file = join(work, `docs-${count}.jsonl`);
    writeFileSync(file, `${Array.from({ length: count }, line).join('\n')}\n`);
    const rps = {};
    for (const peer of PEERS) {
      await mock.configure({ latency_ms: latency });
      const ran = await runPeer(peer, {
        python: join(venvs, peer, 'bin', 'python'),
        file,
        concurrency,
        port: mock.port,
        work,
      });
      const stats = await mock.stats();
      rps[peer] = stats.ok >= count ? stats.rps_ok : null;
      const why = rps[peer] === null ? ` (${stats.ok} of ${count} answered; ${ran})` : '';
      console.log(`${latency} ms, ${concurrency} in flight, ${peer}: ${Math.round(stats.rps_ok)} requests/s${why}`);
    }
    results.push({ latency, concurrency, rps });
  }
  return results;
}

const lastLine = (text) => JSON.parse(text.trim().split('\n').at(-1));

/** A million requests that are all answered: how long the engine, and `smt generate`, take to find that out. */
async function resume(cli, url) {
  const folder = join(work, 'resume');
  const wanted = 1_000_000 * scale;
  makeProject(folder, { requests: wanted, concurrency: 256, url, callsPerPart: 500 });
  console.log(`writing a log of ${wanted} completions …`);
  const program = join(work, 'cli', 'resume.cjs');
  const { count } = lastLine(execFileSync(process.execPath, [program, folder, 'write'], { encoding: 'utf8' }));
  const runs = [];
  for (let round = 0; round < Math.max(rounds, 3); round++) {
    const engine = lastLine(execFileSync(process.execPath, [program, folder, 'measure'], { encoding: 'utf8' }));
    if (engine.answered !== count) throw new Error(`${engine.answered} of ${count} were found`);
    const job = await generate(cli, folder);
    if (job.counts.answered !== count || job.counts.pending > 0) throw new Error('the job did not find all answers');
    runs.push({ engine, job });
    console.log(`resume: ${JSON.stringify({ ...engine, job_s: job.seconds, job_rss_mb: job.peak_rss_mb })}`);
  }
  rmSync(folder, { recursive: true, force: true });
  const of = (key) => median(runs.map(({ engine }) => engine[key]));
  return {
    count,
    runs: runs.length,
    seconds: of('seconds'),
    cpu_s: of('cpu_s'),
    open_s: of('open_s'),
    peak_rss_mb: of('peak_rss_mb'),
    job_s: median(runs.map(({ job }) => job.seconds)),
    job_rss_mb: median(runs.map(({ job }) => job.peak_rss_mb)),
  };
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
  const results = await stage('rate', () => clients(mock));
  const jobResults = await stage('whole job', () => jobs(mock, cli));
  const peerResults = options.peers ? await stage('peers', () => peers(mock)) : undefined;
  const resumed = await stage('resume', () => resume(cli, mock.url));
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
