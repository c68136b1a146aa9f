/** Report sections of generation: rates, the whole job, the Python generators beside them, resume. */
import { NAMES, PEERS } from '../peers.mjs';
import { mb, number, share, under } from './words.mjs';

const named = ({ latency, concurrency }) => `${latency} ms, ${number(concurrency)} in flight`;
const rateBar = ({ latency }) => (latency === 0 ? 0.5 : 0.9);
const rateRow = (what, setting, ratio) => {
  const bar = rateBar(setting);
  return [`${what} ÷ undici, ${named(setting)}`, share(ratio), `≥ ${bar}`, ratio >= bar];
};

export function ratesSection(results) {
  return {
    bars: results.map(({ setting, ratio }) => rateRow('engine', setting, ratio)),
    text: [
      '*engine* is request ids, request store, adaptive concurrency, budget, completion log and a parser; its clock stops when the log',
      'is on disk. *undici* is the bare pool writing one line per answer. Requests of about 6 KB, answers of about 1 KB; the SDK got a',
      'tenth of them. *CPU* compares processor time a request, which other load disturbs least (1.0 = as little as undici).',
      'Client and mock server share the machine.',
      '',
      '| latency, in flight | undici | openai SDK | engine | engine ÷ undici | CPU undici ÷ engine | µs CPU a request | peak RSS MB |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      ...results.map(
        ({ setting, undici, openai, engine, ratio, cpuRatio }) =>
          `| ${named(setting)} | ${number(undici.rps)} | ${number(openai.rps)} | ${number(engine.rps)} | ${share(ratio)} | ${share(cpuRatio)} | ${number(engine.cpu_us)} (undici ${number(undici.cpu_us)}, SDK ${number(openai.cpu_us)}) | ${number(engine.peak_rss_mb)} |`,
      ),
    ],
  };
}

export function jobSection(jobs) {
  const [{ job: first, bytes }] = jobs;
  const peak = Math.max(...jobs.map(({ job }) => job.peak_rss_mb));
  return {
    bars: [
      ...jobs.map(({ setting, rps_ratio }) => rateRow('whole `smt generate`', setting, rps_ratio)),
      under('whole `smt generate`, peak memory', peak, 1024, mb),
    ],
    text: [
      `\`smt generate\`, bundled, on a project of invented documents: plan, prompts, dispatcher, log, request store, parser, duplicates, token`,
      `counts and the samples table. ${number(first.requests)} requests of ${number(bytes)} bytes, answers of five questions; undici sends as many of the same size.`,
      "*logged*: from the first request the server saw until the last answer is durably in the log (the bar). *server*: the server's own",
      'window, first request to last answer. *table*: until the process has ended, all samples counted, stored and indexed.',
      '*before*: start of the process, reading the corpus and planning, before the first request.',
      '',
      '| latency, in flight | undici | logged | ÷ undici | server ÷ undici | table | ÷ undici | samples (accepted) | before, s | µs CPU a request | peak RSS MB |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...jobs.map(
        ({ setting, undici, job, rps_ratio, server_rps_ratio, table_rps_ratio }) =>
          `| ${named(setting)} | ${number(undici.rps)} | ${number(job.rps)} | ${share(rps_ratio)} | ${share(server_rps_ratio)} | ${number(job.table_rps)} | ${share(table_rps_ratio)} | ${number(job.samples)} (${number(job.accepted)}) | ${job.before_s.toFixed(1)} | ${number((job.cpu_s * 1e6) / job.requests)} | ${number(job.peak_rss_mb)} |`,
      ),
    ],
  };
}

export function peersSection(peers) {
  const rows = peers.map((row) => ({ ...row, best: Math.max(...PEERS.map((peer) => row.rps[peer] ?? 0)) }));
  return {
    bars: rows.map((row) => {
      const ratio = row.best > 0 ? row.engine / row.best : 0;
      return [`engine ÷ best Python peer, ${named(row)}`, ratio.toFixed(1), '≥ 10', ratio >= 10];
    }),
    text: [
      'Requests a second of their generation phase as the mock server saw it (start-up not counted), several times as many documents as',
      'may be in flight, one round; engine and whole job of the same run.',
      '',
      `| latency, in flight | ${PEERS.map((peer) => NAMES[peer]).join(' | ')} | engine | whole job | engine ÷ best peer |`,
      `| --- | ${PEERS.map(() => '---').join(' | ')} | --- | --- | --- |`,
      ...rows.map((row) => {
        const cells = PEERS.map((peer) => (row.rps[peer] === null ? 'did not finish' : number(row.rps[peer])));
        return `| ${named(row)} | ${cells.join(' | ')} | ${number(row.engine)} | ${number(row.job)} | ${row.best > 0 ? (row.engine / row.best).toFixed(1) : '–'} |`;
      }),
      '',
      'At 200 ms and 256 in flight nobody can pass 1,280 requests/s (256 ÷ 0.2 s): the bar cannot be met there by any client when a',
      'peer reaches more than 128.',
    ],
  };
}

export function resumeSection(resume) {
  const of = `plan of ${number(resume.count)} answered requests`;
  return {
    bars: [
      [`resume, ${of}`, `${resume.seconds.toFixed(1)} s`, '< 5 s', resume.seconds < 5],
      under(`resume, ${of}, memory`, resume.peak_rss_mb, 400, mb),
    ],
    text: [
      `A project whose ${of.replace('plan of ', '')} are all in the log: open corpus, request store and log, then walk the real plan to its end.`,
      `${resume.seconds.toFixed(1)} s (${resume.cpu_s.toFixed(1)} s of processor time; ${resume.open_s.toFixed(1)} s of it to open), peak ${mb(resume.peak_rss_mb)}; medians of ${resume.runs}.`,
      `The whole \`smt generate\` process on it, from its start to its end: ${resume.job_s.toFixed(1)} s, peak ${mb(resume.job_rss_mb)}.`,
    ],
  };
}
