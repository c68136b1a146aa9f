/**
 * `npm run bench [-- --peers] [--rounds 3] [--quick]`: the same requests through bare undici, the openai SDK and our
 * whole engine, side by side on one mock server, and with --peers through the Python generators people use instead.
 * Writes docs/benchmarks.md. Only ratios of one run mean something; the machine's own noise moves all of them.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { documents, mark, POOL } from './documents.mjs';
import { PEERS, runPeer } from './peers.mjs';
import { writeReport } from './writeReport.mjs';

const root = join(import.meta.dirname, '..');
const work = join(root, '.cache', 'bench');
const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
  },
});

const scale = options.quick ? 0.2 : 1;
const SETTINGS = [
  { latency: 0, concurrency: 256, count: 10_000 * scale },
  { latency: 0, concurrency: 1024, count: 10_000 * scale },
  { latency: 200, concurrency: 256, count: 8_000 * scale },
  { latency: 200, concurrency: 1024, count: 30_000 * scale },
];

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The Go server where there is a Go, as it takes less of the machine; else two Node processes. */
function mockServer(port, control) {
  const binary = join(work, 'mockoai');
  const go = ['go', '/usr/local/go/bin/go'].find((name) => spawnSync(name, ['version']).status === 0);
  if (!existsSync(binary) && go) {
    console.log('building the mock server …');
    const built = spawnSync(go, ['build', '-o', binary, '.'], {
      cwd: join(import.meta.dirname, 'mock'),
      stdio: 'inherit',
    });
    if (built.status !== 0) console.log('it did not build; using Node instead');
  }
  return existsSync(binary)
    ? { name: 'Go (fasthttp)', child: spawn(binary, ['-port', `${port}`, '-ctl', `${control}`], { stdio: 'ignore' }) }
    : {
        name: 'Node cluster',
        child: spawn(process.execPath, [join(import.meta.dirname, 'mock', 'cluster.mjs'), `${port}`, `${control}`], {
          stdio: 'ignore',
        }),
      };
}

const retried = async (url, init) => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await (await fetch(url, init)).json();
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((later) => setTimeout(later, 100));
    }
  }
};

async function bundle() {
  for (const name of ['engine', 'resume']) {
    await build({
      entryPoints: [join(import.meta.dirname, 'clients', `${name}.ts`)],
      outfile: join(work, `${name}.cjs`),
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'warning',
    });
  }
}

const CLIENTS = {
  undici: join(import.meta.dirname, 'clients', 'undici.mjs'),
  openai: join(import.meta.dirname, 'clients', 'openai.mjs'),
  engine: join(work, 'engine.cjs'),
};

function runClient(name, { count, concurrency }, url) {
  const out = join(work, 'out', name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, '..'), { recursive: true });
  const text = execFileSync(process.execPath, [CLIENTS[name], url, `${count}`, `${concurrency}`, out], {
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

async function clients(url, controlUrl) {
  const results = [];
  for (const setting of SETTINGS) {
    const rounds = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      const figures = {};
      // In turn, and in another order each time: what else the machine does then falls on all of them.
      const order = ['undici', 'engine', 'openai'];
      for (const name of round % 2 ? order.toReversed() : order) {
        const few = name === 'openai' ? { ...setting, count: Math.round(setting.count / 10) } : setting;
        await retried(`${controlUrl}/config`, {
          method: 'POST',
          body: JSON.stringify({ latency_ms: setting.latency }),
        });
        figures[name] = runClient(name, few, url);
        console.log(
          `${setting.latency} ms, ${setting.concurrency} in flight, ${name}: ${JSON.stringify(figures[name])}`,
        );
      }
      rounds.push(figures);
    }
    const summary = { setting };
    for (const name of ['undici', 'engine', 'openai']) {
      const of = (key) => median(rounds.map((figures) => figures[name][key]));
      summary[name] = { rps: of('rps'), cpu_us: of('cpu_us'), peak_rss_mb: of('peak_rss_mb') };
    }
    summary.ratio = median(rounds.map((figures) => figures.engine.rps / figures.undici.rps));
    summary.cpuRatio = median(rounds.map((figures) => figures.undici.cpu_us / figures.engine.cpu_us));
    results.push(summary);
  }
  return results;
}

async function peers(port, controlUrl) {
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
    const count = Math.max(1000, 3 * concurrency) * scale;
    const file = join(work, `docs-${count}.jsonl`);
    writeFileSync(file, `${Array.from({ length: count }, line).join('\n')}\n`);
    const rps = {};
    for (const peer of PEERS) {
      await retried(`${controlUrl}/config`, { method: 'POST', body: JSON.stringify({ latency_ms: latency }) });
      const ran = await runPeer(peer, { python: join(venvs, peer, 'bin', 'python'), file, concurrency, port, work });
      const stats = await retried(`${controlUrl}/stats`);
      rps[peer] = stats.ok >= count ? stats.rps_ok : null;
      const why = rps[peer] === null ? ` (${stats.ok} of ${count} answered; ${ran})` : '';
      console.log(`${latency} ms, ${concurrency} in flight, ${peer}: ${Math.round(stats.rps_ok)} requests/s${why}`);
    }
    results.push({ latency, concurrency, rps });
  }
  return results;
}

function resume() {
  const folder = join(work, 'resume');
  const count = 1_000_000 * scale;
  rmSync(folder, { recursive: true, force: true });
  console.log(`writing a log of ${count} completions …`);
  execFileSync(process.execPath, [join(work, 'resume.cjs'), folder, `${count}`]);
  const measure = () =>
    JSON.parse(
      execFileSync(process.execPath, [join(work, 'resume.cjs'), folder, `${count}`, 'measure'], { encoding: 'utf8' }),
    );
  const runs = Array.from({ length: Number(options.rounds) }, measure);
  rmSync(folder, { recursive: true, force: true });
  const figures = { count, ...runs.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)] };
  console.log(`resume: ${JSON.stringify(figures)}`);
  return figures;
}

const [port, control] = [await freePort(), await freePort()];
mkdirSync(work, { recursive: true });
await bundle();
const mock = mockServer(port, control);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    mock.child.kill();
    process.exit(130);
  });
}
try {
  const controlUrl = `http://127.0.0.1:${control}`;
  await retried(`${controlUrl}/stats`);
  const results = await clients(`http://127.0.0.1:${port}/v1`, controlUrl);
  const peerResults = options.peers ? await peers(port, controlUrl) : undefined;
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'undici', 'package.json'), 'utf8'));
  const sdk = JSON.parse(readFileSync(join(root, 'node_modules', 'openai', 'package.json'), 'utf8')).version;
  writeReport(join(root, 'docs', 'benchmarks.md'), {
    command: `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`,
    machine: `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`,
    versions: `Node ${process.version}, undici ${version}, openai ${sdk}, mock server: ${mock.name}`,
    rounds: Number(options.rounds),
    results,
    peers: peerResults,
    resume: resume(),
  });
  console.log('wrote docs/benchmarks.md');
} finally {
  mock.child.kill();
}
