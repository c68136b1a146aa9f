import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HARNESS_VERSION, type HarnessModel } from '../../../contract/harness.ts';
import { contentHash } from '../../contentHash.ts';
import { badInput, type JobContext, type JobEnd, writeAtomically } from '../../jobs/index.ts';
import type { Project } from '../../project/index.ts';
import { runWorkerHarness } from '../../train/index.ts';
import type { ModelDescription } from '../models/modelDescription.ts';
import { locateWeights } from '../models/weights.ts';
import type { Harness } from './harness.ts';

/** Folder of an evaluating run with one folder a model. */
export const HARNESS_FOLDER = join('out', 'general');

/**
 * The harness's tasks on every model that is weights on this machine, one after the other. A task that is done for a model
 * is not run again by a run that goes on. Those that cannot be asked are named.
 */
export async function runHarness(
  dir: string,
  project: Project,
  harness: Harness,
  models: readonly ModelDescription[],
  job: JobContext,
): Promise<JobEnd> {
  const { events, signal, hooks } = job;
  const tell = (text: string) => {
    events.log('warn', text);
    hooks.onMessage?.('warn', text);
  };
  const asked: { name: string; weights: string }[] = [];
  for (const { name, ref } of models) {
    if (ref.kind === 'endpoint') {
      tell(`${name}: lm-evaluation-harness is run on weights only, so an endpoint is left out.`);
      continue;
    }
    const weights = await locateWeights(project, ref, { signal });
    if (!weights.ok) return badInput(weights.message);
    if (weights.target === undefined) asked.push({ name, weights: weights.path });
    else
      tell(
        `${name} lies on ${weights.target}: lm-evaluation-harness is not run there yet. Fetch the checkpoint first.`,
      );
  }
  if (asked.length === 0) return { kind: 'succeeded' };
  const total = asked.length * harness.tasks.length;
  events.phase('guard');
  const progress = (done: number) =>
    events.progress({ phase: 'guard', done, total, unit: 'task', rate: null, etaSeconds: null });
  progress(0);
  for (const [at, { name, weights }] of asked.entries()) {
    const { tasks, include, limit } = harness;
    const id = contentHash(JSON.stringify([name, weights, include ?? null, limit ?? null])).slice(0, 12);
    const output = join(dir, HARNESS_FOLDER, id);
    await mkdir(output, { recursive: true });
    const about: HarnessModel = { v: HARNESS_VERSION, model: name, limit: limit ?? null, at: Date.now() / 1000 };
    await writeAtomically(join(output, 'model.json'), `${JSON.stringify(about)}\n`);
    const end = await runWorkerHarness({
      ...{ model: weights, tasks, folder: project.root, output, signal, log: join(dir, 'work', `harness-${id}.log`) },
      ...(include === undefined ? {} : { include }),
      ...(limit === undefined ? {} : { limit }),
      onProgress: ({ phase, done, message, unit, total: bytes }) => {
        events.note(`${name}: ${message ?? phase}`);
        if (unit === 'task') progress(at * tasks.length + done);
        else if (phase === 'setup' && bytes !== null)
          events.progress({ phase: 'setup', done, total: bytes, unit: 'byte', rate: null, etaSeconds: null });
        hooks.onStatus?.(events.status);
      },
      onLog: (level, message) => events.log(level, message),
    });
    if (end.kind === 'cancelled') return { kind: 'cancelled' };
    if (end.kind === 'failed') {
      const message = `lm-evaluation-harness on ${name}: ${end.message} ${end.hint}`.trim();
      return end.input ? badInput(message) : { kind: 'paused', cause: 'endpoint', message, reasons: [] };
    }
  }
  events.note(undefined);
  return { kind: 'succeeded' };
}
