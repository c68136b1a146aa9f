/** What one run of the benchmarks is: its folder, its size, its settings, and how figures of several rounds are put together. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const root = join(import.meta.dirname, '..');
export const work = join(root, '.cache', 'bench');
export const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    report: { type: 'string' },
    'gpu-figures': { type: 'string' },
  },
});
export const scale = options.quick ? 0.05 : 1;
/** Figures of a quick run mean little: they go elsewhere, so that they never stand among others. */
export const reportFile = options.report ?? join(options.quick ? work : join(root, 'docs'), 'benchmarks.md');
export const rounds = Number(options.rounds);
export const SETTINGS = [
  { latency: 0, concurrency: 256, count: 10_000 * scale },
  { latency: 0, concurrency: 1024, count: 10_000 * scale },
  { latency: 200, concurrency: 256, count: 8_000 * scale },
  { latency: 200, concurrency: 1024, count: 30_000 * scale },
];

/** Of the rounds. */
export const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
};

/** Clients in turn, and in another order each round: what else the machine does then falls on all of them. */
export const order = (round, names) => (round % 2 ? names.toReversed() : names);

export const tell = ({ latency, concurrency }, name, figures) =>
  console.log(`${latency} ms, ${concurrency} in flight, ${name}: ${JSON.stringify(figures)}`);

export const lastLine = (text) => JSON.parse(text.trim().split('\n').at(-1));
