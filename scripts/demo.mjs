// The product's main job on the bundled sample corpus, with the built-in model: no key, no server, no GPU.
//   npm run demo                  into .demo/; run again, it continues and pays for nothing
//   npm run demo -- --fresh       from the start
//   npm run demo -- --train       and trains the model on its own samples, and asks base and trained model
//   npm run demo -- --open        and opens the result: the desktop `code` if there is one, else the browser workbench
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseVerdict, trainedVerdict } from './demo/verdict.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const demo = join(root, '.demo');
const cli = join(root, 'dist', 'cli.js');
const known = ['--open', '--fresh', '--train'];
const wanted = process.argv.slice(2);
const unknown = wanted.find((option) => !known.includes(option));
if (unknown) {
  console.error(`demo: "${unknown}" is not one of ${known.join(', ')}`);
  process.exit(2);
}

/** Bundles are made when they are missing or older than what they are made of. */
function buildIfNeeded() {
  const built = existsSync(cli) ? statSync(cli).mtimeMs : 0;
  const sources = globSync('{src,webview,worker,scripts}/**/*.{ts,md,py,txt,mjs}', { cwd: root });
  if (sources.every((file) => statSync(join(root, file)).mtimeMs <= built)) return;
  console.log('Building …');
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit', cwd: root });
  if (status !== 0) process.exit(status ?? 1);
}

/** A verb of the command line in the demo project; its progress line goes straight to this terminal. */
function smt(verb, stdout) {
  const running = spawn(process.execPath, [cli, ...verb, '--project', demo], {
    stdio: ['ignore', stdout, 'inherit'],
    cwd: root,
  });
  let text = '';
  running.stdout?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  // The verb gets the terminal's Ctrl-C too and ends by itself: what is in flight is kept.
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise((done) => {
    running.once('close', (code) => {
      process.off('SIGINT', wait);
      done({ code: code ?? 1, records: text.split('\n').flatMap((line) => (line.trim() ? [JSON.parse(line)] : [])) });
    });
  });
}

async function must(verb, stdout) {
  const { code, records } = await smt(verb, stdout);
  if (code !== 0) process.exit(code);
  return records;
}

/** Seconds and megabytes of the model's set-up, from the run's own events; undefined when it was there already. */
function setUpOf(run) {
  const file = join(demo, '.smt', 'runs', run, 'events.jsonl');
  if (!existsSync(file)) return undefined;
  const events = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const first = events.findIndex((event) => event.type === 'progress' && event.phase === 'setup');
  const next = events.findIndex((event, index) => index > first && event.type === 'phase');
  if (first < 0 || next < 0) return undefined;
  const megabytes = Math.max(0, ...events.slice(first, next).map((event) => event.done ?? 0)) / 1e6;
  return { seconds: events[next].ts - events[first].ts, megabytes };
}

function countTable(samples) {
  const rows = new Map();
  for (const { method, state, reason } of samples) {
    const row = rows.get(method) ?? { accepted: 0, rejected: new Map() };
    if (state === 'accepted') row.accepted += 1;
    else row.rejected.set(reason, (row.rejected.get(reason) ?? 0) + 1);
    rows.set(method, row);
  }
  for (const [method, { accepted, rejected }] of rows) {
    const refused = [...rejected.values()].reduce((sum, n) => sum + n, 0);
    const reasons = [...rejected].map(([reason, n]) => `${n} ${reason}`).join(', ');
    const counts = `${String(accepted).padStart(4)} accepted  ${String(refused).padStart(4)} rejected`;
    console.log(`  ${method.padEnd(16)}${counts}${reasons ? `  (${reasons})` : ''}`);
  }
}

/** Five accepted samples of all kinds, each of another document as far as there are. */
function readable(samples) {
  const chosen = [];
  for (const method of ['qa', 'active_reading', 'focal_rewriting', 'qa', 'focal_rewriting']) {
    const open = samples.filter(
      (each) => each.method === method && each.state === 'accepted' && !chosen.includes(each),
    );
    const seen = new Set(chosen.map(({ document }) => document));
    const next = open.find(({ document }) => !seen.has(document)) ?? open[0];
    if (next) chosen.push(next);
  }
  return chosen;
}

async function show(sample) {
  const [lineage] = await must(['show', sample.id, '--json'], 'pipe');
  const asked = lineage?.request.messages.findLast((message) => message.role === 'user')?.content ?? '';
  const sentence = /^Fact: (.*)$/m.exec(asked)?.[1] ?? asked.split('\n')[0];
  console.log(
    `\n  ${sample.method} · ${sample.document}${lineage?.document.page ? `, page ${lineage.document.page}` : ''}`,
  );
  console.log(`    from      ${sentence}`);
  if (sample.query_text) console.log(`    focus     ${sample.query_text}`);
  if (sample.question) console.log(`    question  ${sample.question}\n    answer    ${sample.answer}`);
  if (sample.text) console.log(`    text      ${sample.text.split('\n').filter(Boolean).join('\n              ')}`);
}

const hasDesktop = () =>
  spawnSync('code', ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;

async function open() {
  if (hasDesktop()) {
    const args = [`--extensionDevelopmentPath=${root}`, demo];
    spawnSync('code', args, { stdio: 'inherit', shell: process.platform === 'win32' });
    return;
  }
  const { openInBrowserWorkbench } = await import('./testing/workbench.ts');
  await openInBrowserWorkbench(demo);
}

const minutes = (seconds) =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

buildIfNeeded();
if (wanted.includes('--fresh')) rmSync(demo, { recursive: true, force: true });
if (!existsSync(join(demo, 'smt.yaml'))) {
  cpSync(join(root, 'sample-corpus'), demo, { recursive: true });
  console.log(
    `Copied ${readdirSync(demo).length - 1} invented documents and their benchmark to ${relative(process.cwd(), demo)}`,
  );
  await must(['init', '--name', 'Osmerrow'], 'inherit');
}
console.log(
  '\nGenerating questions, rewordings and focal rewrites with the built-in model (Ctrl-C stops, run again to continue)',
);
const started = Date.now();
const { code, records } = await smt(['generate', '--json', '--yes'], 'pipe');
if (code !== 0) process.exit(code);
const seconds = (Date.now() - started) / 1000;
const end = records.findLast((record) => 'end' in record);
const samples = await must(['samples', '--json'], 'pipe');

console.log('\nMade by the built-in 135M-parameter model: real output of a very small model, to see the product work.');
countTable(samples);
for (const sample of readable(samples)) await show(sample);

const setUp = end ? setUpOf(end.run) : undefined;
if (setUp && setUp.megabytes > 0) {
  console.log(
    `\nSet-up   ${minutes(setUp.seconds)}, ${Math.round(setUp.megabytes)} MB downloaded once for all projects`,
  );
  console.log(`Time     ${minutes(seconds - setUp.seconds)} for the rest`);
} else {
  console.log(`\nTime     ${minutes(seconds)}`);
}
const counts = end?.counts;
if (counts) {
  console.log(
    `Requests ${counts.planned} planned, ${counts.answered} answered, ${counts.reused} of them in earlier runs and not asked again`,
  );
}
const verdict = Date.now();
await (wanted.includes('--train') ? trainedVerdict : baseVerdict)((verb) => must(verb, 'inherit'));
console.log(
  `\nTime     ${minutes((Date.now() - verdict) / 1000)} for ${wanted.includes('--train') ? 'training and verdict' : 'the verdict'}`,
);
console.log(`Lies in  ${demo}`);
console.log(
  hasDesktop() ? `Open it  code --extensionDevelopmentPath="${root}" "${demo}"` : 'Open it  npm run demo -- --open',
);
if (wanted.includes('--open')) await open();
