import type { DatasetManifest } from '../contract/dataset.ts';
import type { JobStatus } from '../contract/events.ts';
import { type TrainingEstimate, TrainingSettings } from '../contract/training.ts';
import { createJob, readEvents } from '../engine/jobs/index.ts';
import { listDatasets } from '../engine/mix/index.ts';
import type { Project } from '../engine/project/index.ts';
import {
  estimateTraining,
  fetchBuiltin,
  findStudentWeights,
  findTarget,
  type ProjectBackend,
  prepareTraining,
  trainingSettings,
} from '../engine/train/index.ts';
import { ask } from './agree.ts';
import { type Arguments, wholeNumber } from './arguments.ts';
import { followRun } from './followRun.ts';
import { dollars, duration, Exit, number, type Terminal, UsageError } from './terminal.ts';

const HUB = 'https://huggingface.co';

/** `train`: the estimate first, one question, then the run is followed; it goes on when the terminal is closed. */
export async function trainVerb(
  terminal: Terminal,
  project: Project,
  backend: ProjectBackend,
  values: Arguments['values'],
): Promise<Exit> {
  const dataset = values.dataset ?? (await newestDataset(project));
  const target = values.target ?? project.config.training.target;
  const settings = trainingSettings(project, overrides(values));
  const choice = { dataset, target, settings };
  const estimate = await estimateTraining(project, backend, choice);
  terminal.record({ estimate });
  if (!terminal.json) for (const line of estimateLines(estimate, dataset, project)) terminal.say(line);
  if (estimate.notes.some(({ level }) => level === 'block')) throw new UsageError('Nothing was started.');
  if (!values.yes && process.stdin.isTTY && !(await ask(`Train on "${target}" now?`)))
    throw new UsageError('Nothing was started.');
  await bringWeights(terminal, project, settings, target);
  const { run, dir } = await createJob(project, await prepareTraining(project, choice));
  terminal.record({ run, dir });
  if (target !== 'local') terminal.progress(`Submitting run ${run} to ${target}`);
  await backend.start(dir, hubKeys());
  if (values.detach) {
    terminal.say(`Started run ${run}. "smt jobs follow ${run}" shows it, "smt jobs stop ${run}" stops it.`);
    return Exit.done;
  }
  const { exit, status } = await followRun(terminal, backend, dir, 'stop');
  await sayTrained(terminal, dir, status);
  return exit;
}

/** The hub's token of this terminal, for gated models; it reaches the job over standard input. */
export function hubKeys(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const token = env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN;
  return token ? { [HUB]: token } : {};
}

/** What a training run left, in words and as one record. */
export async function sayTrained(terminal: Terminal, dir: string, status: JobStatus | undefined): Promise<void> {
  if (!status) return;
  const { events } = await readEvents(dir);
  const losses = events.flatMap((event) => {
    const loss = event.type === 'metric' ? event.values.eval_loss : undefined;
    return typeof loss === 'number' ? [loss] : [];
  });
  const final = events.findLast((event) => event.type === 'checkpoint' && event.final === true);
  const [first, last] = [losses[0], losses.at(-1)];
  terminal.record({
    run: status.run,
    end: status.state,
    metrics: status.metrics ?? {},
    eval_loss: losses,
    ...(final?.type === 'checkpoint' ? { model: final.path, bytes: final.bytes } : {}),
    ...(status.message ? { message: status.message } : {}),
  });
  const took = status.started && status.ended ? ` in ${duration(status.ended - status.started)}` : '';
  if (status.state === 'succeeded') terminal.say(`Trained${took}. Run ${status.run}.`);
  else if (status.state === 'cancelled')
    terminal.warn(`Stopped. "smt jobs resume ${status.run}" goes on from the newest checkpoint.`);
  else if (status.state !== 'running')
    terminal.warn(`${status.state}: ${status.message ?? 'the log has the details'} ("smt jobs logs ${status.run}")`);
  if (first !== undefined && last !== undefined && losses.length > 1) {
    terminal.say(`Loss on held-out samples: ${first.toFixed(3)} before, ${last.toFixed(3)} after.`);
  }
}

export function estimateLines(estimate: TrainingEstimate, dataset: string, project: Project): string[] {
  const { steps, tokens, seconds, cost, gpus } = estimate;
  const where = gpus.length > 0 ? `${gpus.length} × ${gpus[0]?.name}` : 'CPU';
  const room = (needed: number | null, there: number | null) =>
    `${needed === null ? '?' : `about ${gigabytes(needed)}`}${there === null ? '' : ` of ${gigabytes(there)}`}`;
  return [
    `Train ${project.config.student.model} on ${dataset}, target "${estimate.target}" (${where})`,
    `  ${number.format(steps)} steps · ${number.format(tokens)} tokens · ${seconds ? `${duration(seconds[0])} to ${duration(seconds[1])}` : 'time unknown'}${cost ? ` · ${dollars(cost[0])} to ${dollars(cost[1])}` : ''}`,
    `  memory ${room(estimate.memory_needed, estimate.memory_there)} · disk ${room(estimate.disk_needed, estimate.disk_there)}${estimate.setup_bytes ? ` · set-up up to ${gigabytes(estimate.setup_bytes)}` : ''}`,
    ...estimate.notes.map(({ level, text }) => `  ${{ info: '·', warn: '!', block: '✗' }[level]} ${text}`),
  ];
}

async function bringWeights(
  terminal: Terminal,
  project: Project,
  settings: TrainingSettings,
  id: string,
): Promise<void> {
  const { target } = await findTarget(id);
  const weights = await findStudentWeights(project, settings, target.kind === 'ssh');
  if (weights.kind !== 'builtin') return;
  await fetchBuiltin(undefined, ({ message, megabytes, total_megabytes }) =>
    terminal.progress(`${message} (${Math.round(megabytes)}/${total_megabytes} MB)`),
  );
  terminal.endProgress();
}

async function newestDataset(project: Project): Promise<string> {
  const found = (await listDatasets(project.paths.datasets)).flatMap((each): DatasetManifest[] =>
    each.ok ? [each.manifest] : [],
  );
  const newest = found[0]?.name;
  if (!newest)
    throw new UsageError('There is no training set yet. "smt mix NAME" builds one from the accepted samples.');
  return newest;
}

function overrides(values: Arguments['values']): Partial<TrainingSettings> {
  const epochs = values.epochs === undefined ? undefined : Number(values.epochs);
  if (epochs !== undefined && !TrainingSettings.shape.epochs.safeParse(epochs).success) {
    throw new UsageError(`--epochs "${values.epochs}": a number above 0`);
  }
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(values.seed === undefined ? {} : { seed: wholeNumber('--seed', values.seed, 0) }),
  };
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
