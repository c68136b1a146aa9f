/** Requests a second of the clients and of the whole job, side by side on one mock server. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answers, generate, makeProject } from './job.mjs';
import { lastLine, median, order, rounds, SETTINGS, scale, tell, work } from './setting.mjs';

/** Enough for every document's plan to be under way and the table to be indexed once. */
const JOB_REQUESTS = 16_000 * scale;
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
  const figures = lastLine(text);
  if (figures.answered !== count) throw new Error(`${name} answered ${figures.answered} of ${count}`);
  return figures;
}

/** The same requests through bare undici, the openai SDK and our engine. */
export async function clientRates(mock) {
  const results = [];
  for (const setting of SETTINGS) {
    const all = [];
    for (let round = 0; round < rounds; round++) {
      const figures = {};
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

/** `smt generate` of a project beside bare undici with as many requests of the same mean size and the same answers. */
export async function jobRates(mock, cli) {
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
