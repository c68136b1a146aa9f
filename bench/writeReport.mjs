import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NAMES, PEERS } from './peers.mjs';

const number = (value) => Math.round(value).toLocaleString('en');
const share = (value) => value.toFixed(2);
const held = (yes) => (yes ? 'held' : '**missed**');

/** docs/benchmarks.md: what was measured, on what, beside the bar. `figures` are those of one run. */
export function writeReport(file, figures) {
  const { command, machine, versions, minutes, load, scale, rounds } = figures;
  const sections = [
    rate(figures),
    job(figures),
    peers(figures),
    resume(figures),
    samples(figures),
    activation(figures),
  ];
  const lines = [
    '# Benchmarks',
    '',
    `Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)} in one run of ${minutes.toFixed(0)} minutes. ${machine}. ${versions}.`,
    ...(scale === 1 ? [] : ['', `**A quick run at ${scale} of the size: its figures mean little.**`]),
    '',
    `Client and mock server share the machine. Only ratios of one run mean something; medians of ${rounds} round(s), the`,
    `clients taking turns. Load average (1 min): ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after.`,
    '',
    '## Bars',
    '',
    '| what | measured | bar | |',
    '| --- | --- | --- | --- |',
    ...sections.flatMap(({ bars }) =>
      bars.map(([what, value, bar, yes]) => `| ${what} | ${value} | ${bar} | ${held(yes)} |`),
    ),
    ...sections.flatMap(({ text }) => (text.length > 0 ? ['', ...text] : [])),
    '',
  ];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.join('\n'));
}

const named = ({ latency, concurrency }) => `${latency} ms, ${number(concurrency)} in flight`;
const rateBar = ({ latency }) => (latency === 0 ? 0.5 : 0.9);
const rateRow = (what, setting, ratio) => {
  const bar = rateBar(setting);
  return [`${what} ÷ undici, ${named(setting)}`, share(ratio), `≥ ${bar}`, ratio >= bar];
};

function rate({ results }) {
  return {
    bars: results.map(({ setting, ratio }) => rateRow('engine', setting, ratio)),
    text: [
      '## Requests a second',
      '',
      '*engine* is request ids, request store, adaptive concurrency, budget, completion log and a parser; its clock stops when the log',
      'is on disk. *undici* is the bare pool writing one line per answer. Requests of about 6 KB, answers of about 1 KB; the SDK got a',
      'tenth of them. *CPU* compares processor time a request, which other load disturbs least (1.0 = as little as undici).',
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

function job({ jobs }) {
  const [{ job: first, bytes }] = jobs;
  return {
    bars: [
      ...jobs.map(({ setting, rps_ratio }) => rateRow('whole `smt generate`', setting, rps_ratio)),
      [
        'whole `smt generate`, peak memory',
        `${number(Math.max(...jobs.map(({ job }) => job.peak_rss_mb)))} MB`,
        '< 1,024 MB',
        jobs.every(({ job }) => job.peak_rss_mb < 1024),
      ],
    ],
    text: [
      '## The whole generating job',
      '',
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

function peers({ peers, results, jobs }) {
  if (!peers)
    return { bars: [], text: ['## Beside the Python generators', '', 'Not measured in this run (`--peers`).'] };
  const rows = peers.map(({ latency, concurrency, rps }) => {
    const here = ({ setting }) => setting.latency === latency && setting.concurrency === concurrency;
    const best = Math.max(...PEERS.map((peer) => rps[peer] ?? 0));
    return { latency, concurrency, rps, best, ours: results.find(here).engine.rps, job: jobs.find(here).job.rps };
  });
  return {
    bars: rows.map((row) => {
      const ratio = row.best > 0 ? row.ours / row.best : 0;
      return [`engine ÷ best Python peer, ${named(row)}`, ratio.toFixed(1), '≥ 10', ratio >= 10];
    }),
    text: [
      '## Beside the Python generators',
      '',
      'Requests a second of their generation phase as the mock server saw it (start-up not counted), several times as many documents as may be in flight, one round.',
      '',
      `| latency, in flight | ${PEERS.map((peer) => NAMES[peer]).join(' | ')} | engine | whole job | engine ÷ best peer |`,
      `| --- | ${PEERS.map(() => '---').join(' | ')} | --- | --- | --- |`,
      ...rows.map((row) => {
        const cells = PEERS.map((peer) => (row.rps[peer] === null ? 'did not finish' : number(row.rps[peer])));
        return `| ${named(row)} | ${cells.join(' | ')} | ${number(row.ours)} | ${number(row.job)} | ${row.best > 0 ? (row.ours / row.best).toFixed(1) : '–'} |`;
      }),
      '',
      'At 200 ms and 256 in flight nobody can pass 1,280 requests/s (256 ÷ 0.2 s): the bar cannot be met there by any client when a',
      'peer reaches more than 128.',
    ],
  };
}

function resume({ resume }) {
  const of = `plan of ${number(resume.count)} answered requests`;
  return {
    bars: [
      [`resume, ${of}`, `${resume.seconds.toFixed(1)} s`, '< 5 s', resume.seconds < 5],
      [`resume, ${of}, memory`, `${number(resume.peak_rss_mb)} MB`, '< 400 MB', resume.peak_rss_mb < 400],
    ],
    text: [
      '## Resume',
      '',
      `A project whose ${of.replace('plan of ', '')} are all in the log: open corpus, request store and log, then walk the real plan to its end.`,
      `${resume.seconds.toFixed(1)} s (${resume.cpu_s.toFixed(1)} s of processor time; ${resume.open_s.toFixed(1)} s of it to open), peak ${number(resume.peak_rss_mb)} MB; medians of ${resume.runs}.`,
      `The whole \`smt generate\` process on it, from its start to its end: ${resume.job_s.toFixed(1)} s, peak ${number(resume.job_rss_mb)} MB.`,
    ],
  };
}

function samples({ samples }) {
  const ms = (value) => `${number(value)} ms`;
  const names = {
    first_rows_ms: 'first rows',
    filter_p95_ms: 'filter, p95',
    search_p95_ms: 'search, p95',
    load_max_cpu_ms: 'longest turn of the thread while loading',
    max_cpu_ms: 'longest turn of the thread afterwards',
  };
  return {
    bars: [
      ...Object.entries(names).map(([key, name]) => [
        `${number(samples.rows)} samples: ${name}`,
        ms(samples[key]),
        `< ${ms(samples.bars[key])}`,
        samples[key] <= samples.bars[key],
      ]),
      [
        `${number(samples.rows)} samples: memory of the writer`,
        `${number(samples.write_rss_mb)} MB`,
        '< 1,000 MB (ours)',
        samples.write_rss_mb < 1000,
      ],
    ],
    text: [
      '## The samples table',
      '',
      `${number(samples.rows)} invented samples through the product's own writer and reader, a process each (job and server; the extension host only asks it).`,
      `All facets loaded after ${ms(samples.facets_ms)}; scroll p95 ${ms(samples.scroll_p95_ms)}, counts p95 ${ms(samples.counts_p95_ms)}; loading the native library blocks the server once for ${ms(samples.library_ms)}.`,
      "A turn is the thread's own processor time between two turns of its event loop; by the clock, which other load stretches, the",
      `longest were ${ms(samples.load_max_delay_ms)} while loading and ${ms(samples.max_delay_ms)} afterwards. Peak memory: reading ${number(samples.rss_mb)} MB, writing ${number(samples.write_rss_mb)} MB (${number(samples.write_s)} s).`,
    ],
  };
}

function activation({ activation }) {
  if (activation.problem !== undefined) {
    return { bars: [], text: ['## Activation', '', `Not measured: ${activation.problem.split('\n')[0]}`] };
  }
  const worst = Math.max(...activation.starts.map(({ ms }) => ms));
  const heavy = activation.starts.some(({ loaded }) => loaded);
  const calls = activation.starts.map(({ call_ms }) =>
    call_ms === null ? 'active before' : `${call_ms.toFixed(0)} ms`,
  );
  return {
    bars: [
      [
        '`activate()` in the extension host (without loading its file)',
        `${worst.toFixed(1)} ms`,
        '< 50 ms',
        worst < 50,
      ],
      ['heavy modules loaded by activation', heavy ? 'yes' : 'none', 'none', !heavy],
    ],
    text: [
      '## Activation',
      '',
      `\`activate()\` in a real extension host without a folder, the longest of ${activation.starts.length} starts: ${worst.toFixed(1)} ms. The host's whole call, with`,
      `loading the file: ${calls.join(', ')}.`,
    ],
  };
}
