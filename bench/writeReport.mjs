import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { NAMES, PEERS } from './peers.mjs';

const number = (value) => Math.round(value).toLocaleString('en');
const share = (value) => value.toFixed(2);

/** docs/benchmarks.md: what was measured, on what, beside the bar. */
export function writeReport(file, { command, machine, versions, rounds, results, peers, resume }) {
  const lines = [
    '# Benchmarks',
    '',
    `Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}. ${machine}. ${versions}.`,
    '',
    'Client and mock server share the machine. Only ratios of one run mean something; medians of',
    `${rounds} round(s), the clients taking turns. Requests of about 6 KB, answers of about 1 KB.`,
    `Load average of the machine (1 min) when the run ended: ${loadavg()[0].toFixed(1)}.`,
    '',
    '## Requests a second',
    '',
    '*engine* is everything: request ids, request store, adaptive concurrency, budget, completion log, parsing; its clock stops when',
    'the log is on disk. *undici* is the bare pool writing one line per answer. *CPU* compares processor time a request, which other load',
    'on the machine disturbs least (1.0 = as little as undici).',
    '',
    '| latency, in flight | undici | openai SDK | engine | engine ÷ undici | bar | CPU undici ÷ engine | µs CPU a request | peak RSS MB |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...results.map(({ setting, undici, openai, engine, ratio, cpuRatio }) => {
      const bar = setting.latency === 0 ? 0.5 : 0.9;
      return `| ${setting.latency} ms, ${setting.concurrency} | ${number(undici.rps)} | ${number(openai.rps)} | ${number(engine.rps)} | **${share(ratio)}** | ≥ ${bar} | ${share(cpuRatio)} | ${number(engine.cpu_us)} (undici ${number(undici.cpu_us)}, SDK ${number(openai.cpu_us)}) | ${number(engine.peak_rss_mb)} |`;
    }),
  ];
  if (peers) {
    lines.push(
      '',
      '## Beside the Python generators',
      '',
      'Requests a second of their generation phase as the mock server saw it (start-up not counted), 1,000 documents (3,072 at 1,024 in flight), one run.',
      '',
      `| latency, in flight | ${PEERS.map((peer) => NAMES[peer]).join(' | ')} | engine | engine ÷ best peer (bar ≥ 10) |`,
      `| --- | ${PEERS.map(() => '---').join(' | ')} | --- | --- |`,
      ...peers.map(({ latency, concurrency, rps }) => {
        const ours = results.find(({ setting }) => setting.latency === latency && setting.concurrency === concurrency)
          .engine.rps;
        const best = Math.max(...PEERS.map((peer) => rps[peer] ?? 0));
        const cells = PEERS.map((peer) => (rps[peer] === null ? 'did not finish' : number(rps[peer])));
        return `| ${latency} ms, ${concurrency} | ${cells.join(' | ')} | ${number(ours)} | **${best > 0 ? (ours / best).toFixed(1) : '–'}** |`;
      }),
    );
  }
  lines.push(
    '',
    '## Resume',
    '',
    `A plan of ${number(resume.count)} requests that are all answered: open log and request store, make every id, find every answer.`,
    '',
    `**${resume.seconds.toFixed(1)} s** (bar < 5 s; ${resume.cpu_s} s of it processor time, opening ${resume.open_s} s), peak **${resume.peak_rss_mb} MB** (bar < 400 MB).`,
    '',
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.join('\n'));
}
