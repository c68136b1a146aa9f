/**
 * docs/benchmarks.md from docs/benchmarks.json, which keeps of every part the figures last measured and the run that
 * measured them: a run of some parts replaces those and leaves the others with their own date and conditions.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PARTS } from './parts.mjs';

const VERSION = 1;
const held = (yes) => (yes ? 'held' : '**missed**');

/** `file`: the page; its figures stand beside it. `run`: conditions of this run; `figures`: by part, those measured in it. */
export function writeReport(file, { run, seconds, figures }) {
  const kept = file.replace(/\.md$/, '.json');
  const parts = existsSync(kept) ? readParts(kept) : {};
  for (const [name, measured] of Object.entries(figures))
    parts[name] = { run, seconds: seconds[name], figures: measured };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(kept, `${JSON.stringify({ v: VERSION, parts }, null, 1)}\n`);
  writeFileSync(file, page(parts));
}

function readParts(file) {
  const { v, parts } = JSON.parse(readFileSync(file, 'utf8'));
  if (v !== VERSION) throw new Error(`${file} has version ${v}, not ${VERSION}: remove it to begin anew.`);
  return parts;
}

function page(parts) {
  const runs = runsOf(parts);
  const measured = PARTS.flatMap((part) => {
    const known = parts[part.name];
    return known ? [{ ...part, known, letter: runs.get(known.run.date).letter, ...part.section(known.figures) }] : [];
  });
  const sections = PARTS.map((part) => {
    const found = measured.find(({ name }) => name === part.name);
    if (!found) return ['', `## ${part.title}`, '', `Not measured yet: \`npm run bench -- --only ${part.name}\`.`];
    return ['', `## ${part.title}`, '', `Run ${found.letter}.`, '', ...found.text];
  });
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench` from `benchmarks.json` beside it. Only ratios within one run mean something; every part says which run',
    'measured it. Where a run had several rounds, figures are medians, the clients taking turns.',
    '',
    ...[...runs.values()].flatMap(told),
    '## Bars',
    '',
    '| what | measured | bar | | run |',
    '| --- | --- | --- | --- | --- |',
    ...measured.flatMap(({ bars, letter }) =>
      bars.map(([what, value, bar, yes]) => `| ${what} | ${value} | ${bar} | ${held(yes)} | ${letter} |`),
    ),
    ...sections.flat(),
    '',
  ];
  return lines.join('\n');
}

/** Runs by their date, the newest is A. */
function runsOf(parts) {
  const byDate = new Map();
  for (const { run } of Object.values(parts)) byDate.set(run.date, run);
  const newestFirst = [...byDate].sort(([one], [other]) => (one < other ? 1 : -1));
  return new Map(newestFirst.map(([date, run], at) => [date, { ...run, letter: String.fromCharCode(65 + at) }]));
}

function told({ letter, date, command, machine, versions, minutes, load, scale, rounds, note }) {
  const took = minutes === null ? '' : `, ${minutes.toFixed(0)} minutes`;
  const loaded =
    load === null ? '' : ` Load average (1 min) ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after.`;
  const quick = scale === 1 ? '' : ` **A quick run at ${scale} of the size: its figures mean little.**`;
  return [
    `**Run ${letter}**: \`${command}\`, ${date.slice(0, 10)}${took}, ${rounds} round(s). ${machine}. ${versions}.${loaded}${quick}${note ? ` ${note}` : ''}`,
    '',
  ];
}
