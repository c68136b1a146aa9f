// Training sets at size: 1,000,000 samples, QA : document 1 : 1, 10 % replay, through `smt mix` as a person runs it.
//   node bench/mix.mjs [--rows N] [--dir DIR] [--keep] [--json]
// Bars: shares within one sample of what was asked; same seed, same bytes; from cached token ids < 5 min and < 1 GB on
// two cores. Tokenising is reported apart. Needs the built-in student's tokenizer, which `smt generate` sets up.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { documents } from './documents.mjs';
import { bundleCli } from './job.mjs';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'smt-bench-mix-'));
const project = join(dir, 'project');
const cache = process.env.SMT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'smt');
if (!existsSync(join(cache, 'tokenizers', 'HuggingFaceTB', 'SmolLM2-135M-Instruct', 'tokenizer.json'))) {
  console.log("skipped: the built-in student's tokenizer is not set up on this machine (npm run demo does it)");
  process.exit(0);
}

const DOCUMENTS = 200;
mkdirSync(project, { recursive: true });
const cli = await bundleCli(dir);

/** Runs a verb in a process of its own; its records, wall-clock seconds, processor time and peak memory. */
function smt(...args) {
  const usage = join(dir, 'usage.json');
  const started = performance.now();
  const ran = spawnSync(
    process.execPath,
    ['--require', join(import.meta.dirname, 'preload.cjs'), cli, ...args, '--json', '--project', project],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      env: { ...process.env, BENCH_USAGE: usage, NODE_PATH: join(root, 'node_modules') },
    },
  );
  const seconds = (performance.now() - started) / 1000;
  const records = ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { code: ran.status, records, stderr: ran.stderr, seconds, ...JSON.parse(readFileSync(usage, 'utf8')) };
}

let state = 20_263_603;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const vocabulary = Array.from({ length: 20_000 }, () =>
  Array.from({ length: 2 + Math.floor(random() * 8) }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(
    '',
  ),
);
const words = (count) =>
  Array.from({ length: count }, () => vocabulary[Math.floor(vocabulary.length * random() ** 3)]).join(' ');
const hex = () => Array.from({ length: 4 }, () => ((random() * 2 ** 32) >>> 0).toString(16).padStart(8, '0')).join('');

async function makeSamples() {
  // Lengths differ by a factor of forty, so that shares by length and their floor have something to do.
  for (const [at, text] of documents(DOCUMENTS).entries()) {
    writeFileSync(
      join(project, `report-${String(at).padStart(3, '0')}.md`),
      `# Report ${at}\n\n${text.repeat(1 + (at % 40))}\n`,
    );
  }
  writeFileSync(
    join(project, 'smt.yaml'),
    'v: 1\nname: Benchmark\nmixture:\n  replay: { source: replay.ndjson, share: 0.1 }\n',
  );
  const corpus = smt('corpus').records.filter(({ unreadable }) => !unreadable);
  const { openSampleWriter } = await import('../src/engine/samples/index.ts');
  const writer = await openSampleWriter({ lance: join(project, '.smt', 'lance') });
  const sample = (index) => {
    const document = corpus[Math.floor(random() * corpus.length)];
    const qa = index % 2 === 0;
    return {
      v: 1,
      id: hex(),
      kind: qa ? 'qa' : 'document',
      method: qa ? 'qa' : index % 4 === 1 ? 'active_reading' : 'focal_rewriting',
      document: document.id,
      window: 0,
      state: 'accepted',
      ...(qa
        ? { question: words(7), explanation: words(16), answer: words(4) }
        : { text: words(20 + Math.floor(random() * 40)) }),
      request: hex(),
      model: 'bench',
      tokens: 100,
      document_hash: document.text_hash,
      order: [Math.floor(index / 5), index % 5],
    };
  };
  for (let from = 0; from < rows; from += 10_000) {
    writer.put(Array.from({ length: Math.min(10_000, rows - from) }, (_, at) => sample(from + at)));
    await writer.flush();
  }
  await writer.close();
  const replay = [];
  // About 150 tokens a row; replay is a ninth of the synthetic tokens, and some more to choose from.
  for (let written = 0; written < rows * 0.16; written++) replay.push(JSON.stringify({ text: words(50) }));
  writeFileSync(join(project, 'replay.ndjson'), `${replay.join('\n')}\n`);
}

const result = { rows };
if (!existsSync(join(project, 'replay.ndjson'))) {
  const started = performance.now();
  await makeSamples();
  result.samples_s = (performance.now() - started) / 1000;
}
const mix = (name, ...more) => {
  const ran = smt('mix', name, ...more);
  const manifests = ran.records.flatMap(({ dataset }) => dataset ?? []);
  if (ran.code !== 0 || manifests.length === 0) throw new Error(`smt mix ended with ${ran.code}: ${ran.stderr}`);
  return { ...ran, manifests };
};
const first = mix('first');
const again = mix('again');
const [one] = first.manifests;
const [two] = again.manifests;
const log = (run) => {
  const events = readFileSync(join(project, '.smt', 'runs', run, 'events.jsonl'), 'utf8');
  return /(\d+) texts of (\d+) tokens were tokenised now, in ([\d.]+) s/.exec(events);
};
const [, texts, tokens, seconds] = log(first.records[0].run) ?? [];
const fresh = { texts: Number(texts), tokens: Number(tokens), seconds: Number(seconds) };
result.train_tokens = one.train.tokens;
result.train_rows = one.train.rows;
result.tokenise_texts = fresh.texts;
result.tokenise_s = fresh.seconds;
result.tokenise_tokens_per_s = fresh.tokens / fresh.seconds;
result.first_s = first.seconds;
result.first_rss_mb = first.peak_rss_mb;
result.cached_s = again.seconds;
result.cached_cpu_s = again.cpu_s;
result.cached_rss_mb = again.peak_rss_mb;
const synthetic = one.parts.reduce((sum, part) => sum + part.tokens, 0);
result.furthest_part_tokens = Math.max(...one.parts.map((part) => Math.abs(part.tokens - part.asked * synthetic)));
result.replay_off_tokens = Math.abs(one.replay.tokens - 0.1 * one.train.tokens);
result.longest_row = one.train.longest;
result.same_bytes = JSON.stringify(one.files) === JSON.stringify(two.files) && one.hash === two.hash ? 1 : 0;
result.megabytes = one.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
result.largest_file_mb = Math.max(...one.files.map(({ bytes }) => bytes)) / 1e6;
if (!values.keep && !values.dir) rmSync(dir, { recursive: true });

const bars = {
  cached_s: 300,
  cached_rss_mb: 1000,
  furthest_part_tokens: one.train.longest,
  replay_off_tokens: one.train.longest,
  largest_file_mb: 100,
};
const missed = Object.keys(bars).filter((key) => result[key] > bars[key]);
if (!result.same_bytes) missed.push('same_bytes');
if (values.json) console.log(JSON.stringify({ bench: 'mix', ...result, bars, missed }));
else {
  for (const [key, value] of Object.entries(result)) {
    const shown = value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
    console.log(`${key.padEnd(24)} ${shown}${key in bars ? `   (bar ${bars[key]})` : ''}`);
  }
}
process.exitCode = missed.length > 0 ? 1 : 0;
