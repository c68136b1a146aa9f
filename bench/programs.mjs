/** Measurements that are programs of their own, each run here in a process of its own as a person may run it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { systemPython, workerEnvironment } from '../scripts/testing/trainingPython.ts';
import { measureRetrieval } from './retrieval.mjs';
import { lastLine, options, root, scale } from './setting.mjs';

/** The environment that the extension gives its server and its jobs. */
const asJob = { MALLOC_ARENA_MAX: '2', ...process.env };

/** Figures of a script that prints one JSON object last; what it prints besides says why there are none. */
function figuresOf(name, program, args, env) {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', cwd: root, env, maxBuffer: 1 << 28 });
  const said = stdout.trim();
  if (said.startsWith('skipped: ')) return { problem: said.slice('skipped: '.length) };
  if (!said.split('\n').at(-1)?.startsWith('{')) {
    throw new Error(`${name} ended with ${status}: ${(stderr || said).slice(-2000)}`);
  }
  console.log(`${name}: ${said.split('\n').at(-1)}`);
  return lastLine(stdout);
}

const script = (name) => join(import.meta.dirname, name);
const node = (name, ...args) => figuresOf(name, process.execPath, [script(name), '--json', ...args], asJob);

/** They say themselves which bars they missed. */
export const measureSamples = () => node('samples.mjs', '--rows', `${1_000_000 * scale}`);
export const measureMix = () => node('mix.mjs', '--rows', `${1_000_000 * scale}`);

export async function retrieval() {
  const figures = await measureRetrieval({ chunks: 100_000 * scale });
  console.log(`retrieval: ${JSON.stringify(figures)}`);
  return figures;
}

export function measureTraining() {
  const size = options.quick ? ['--steps', '12', '--rounds', '1'] : [];
  return figuresOf('training.py', systemPython, [script('training.py'), '--json', ...size], workerEnvironment);
}
