import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent, JobSpec, JobStatus } from '../../contract/events.ts';
import type { Checkpoint } from '../../contract/training.ts';
import type { ServeWhere } from '../../contract/trainingRpc.ts';
import {
  createJob,
  hasEnded,
  isBelow,
  JobProblem,
  jobStatus,
  listJobs,
  readEvents,
  readSpec,
  runDirectory,
} from '../jobs/index.ts';
import type { Project } from '../project/index.ts';
import { addCopied, addRemoved, copiedPaths, dropCopied, removedPaths } from './checkpointNotes.ts';
import { isHere, type ProjectBackend } from './projectBackend.ts';

type TrainSpec = Extract<JobSpec, { kind: 'train' }>;

/** Models and checkpoints of all training runs of a project, largest first. Asks no other machine. */
export async function listCheckpoints(project: Pick<Project, 'paths'>, backend: ProjectBackend): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (const status of await listJobs(project.paths.runs, backend)) {
    if (status.kind === 'train') found.push(...(await checkpointsOf(project, status)));
  }
  return found.sort((a, b) => b.bytes - a.bytes);
}

/** Models and checkpoints of one run, oldest step first; empty for a run that trains nothing. */
export async function checkpointsOf(project: Pick<Project, 'paths'>, status: JobStatus): Promise<Checkpoint[]> {
  const dir = runDirectory(project.paths.runs, status.run);
  const spec = await readSpec(dir).catch(() => undefined);
  if (spec?.kind !== 'train') return [];
  const { events } = await readEvents(dir, 0, 'checkpoint');
  return checkpointsIn(dir, spec, status, events);
}

/** The same from events that were read already; those that are no checkpoints are left aside. */
export function checkpointsIn(
  dir: string,
  spec: TrainSpec,
  { run, target }: JobStatus,
  events: readonly JobEvent[],
): Checkpoint[] {
  const removed = new Set(removedPaths(dir));
  const copied = new Set(copiedPaths(dir));
  const byPath = new Map<string, Checkpoint>();
  for (const event of events) {
    if (event.type !== 'checkpoint' || removed.has(event.path)) continue;
    // Events come from another machine, or with a cloned folder: what they name is fetched, served and deleted.
    if (!isBelow(event.path)) continue;
    const here = join(dir, event.path);
    byPath.set(event.path, {
      run,
      target: target ?? 'local',
      step: event.step,
      final: event.final === true,
      path: isHere(target) ? here : `runs/${run}/${event.path}`,
      // A folder that a fetch has begun is no copy yet.
      local_path: existsSync(here) && (isHere(target) || copied.has(event.path)) ? here : null,
      bytes: event.bytes,
      dataset: spec.params.dataset,
      model: spec.params.model,
    });
  }
  const all = [...byPath.values()].sort((a, b) => a.step - b.step);
  if (isHere(target)) return all.filter(({ local_path }) => local_path !== null);
  // The worker keeps its newest ones; which those are follows from the settings.
  const kept = new Set(all.filter(({ final }) => !final).slice(-spec.params.settings.keep_checkpoints));
  return all.filter((checkpoint) => checkpoint.final || kept.has(checkpoint));
}

/**
 * Brings a checkpoint of a run on another machine here, all files checked; then it counts as local for evaluation and chat.
 * A fetch that was cut goes on where it ended.
 * @returns its folder here
 * @throws JobProblem where there is no such checkpoint; Unreachable
 */
export async function fetchCheckpoint(
  project: Project,
  backend: ProjectBackend,
  run: string,
  step: number,
  signal?: AbortSignal,
  onBytes?: (done: number, total: number) => void,
): Promise<string> {
  const { dir, status } = await trainingRun(project, backend, run);
  const folder = folderOf(checkpointAt(await checkpointsOf(project, status), run, step));
  const path = await backend.fetch(dir, folder, signal, onBytes);
  if (!isHere(status.target)) await addCopied(dir, folder);
  return path;
}

/**
 * Deletes a checkpoint where it lies, and its copy here; or with `copy` the copy alone.
 * @throws JobProblem while its run is going on or it is being served
 */
export async function deleteCheckpoint(
  project: Project,
  backend: ProjectBackend,
  run: string,
  step: number,
  where: 'everywhere' | 'copy' = 'everywhere',
): Promise<void> {
  const { dir, status } = await trainingRun(project, backend, run);
  const copyAlone = where === 'copy' && !isHere(status.target);
  if (!copyAlone && !hasEnded(status)) throw new JobProblem(`Run ${run} is still going on. Stop it first.`);
  for (const checkpoint of (await checkpointsOf(project, status)).filter((each) => each.step === step)) {
    if (await isServed(project, backend, checkpoint)) {
      throw new JobProblem(`Step ${step} of run ${run} is being served. Stop that job first.`);
    }
    const folder = folderOf(checkpoint);
    await dropCopied(dir, folder);
    if (copyAlone) await rm(join(dir, folder), { recursive: true, force: true });
    else {
      await backend.remove(dir, folder);
      await addRemoved(dir, folder);
    }
  }
}

/**
 * The run directory of a `serve` job for a checkpoint, where it was trained or `here`, where its copy lies; the caller
 * starts it.
 * @throws JobProblem where there is no such checkpoint
 */
export async function prepareServing(
  project: Project,
  backend: ProjectBackend,
  run: string,
  step: number,
  where: ServeWhere = 'target',
) {
  const { status, spec } = await trainingRun(project, backend, run);
  const checkpoint = checkpointAt(await checkpointsOf(project, status), run, step);
  const here = isHere(status.target) || where === 'here';
  if (here && checkpoint.local_path === null) {
    throw new JobProblem(`Step ${step} of run ${run} is not on this machine. Fetch it first.`);
  }
  return createJob(project, {
    kind: 'serve',
    title: `Serve ${spec.params.model} of ${run}, step ${step}`,
    params: {
      model: `${run}@${step}`,
      model_path: (here ? checkpoint.local_path : null) ?? pathBesideRun(checkpoint),
      port: 0,
    },
    ...(here || status.target === undefined ? {} : { target: status.target }),
  });
}

/** On another machine the serving run's directory stands beside the training run's. */
function pathBesideRun(checkpoint: Checkpoint): string {
  return `../${checkpoint.run}/${folderOf(checkpoint)}`;
}

/** The finished model where a step has both. */
function checkpointAt(checkpoints: readonly Checkpoint[], run: string, step: number): Checkpoint {
  const found = checkpoints.filter((each) => each.step === step);
  const checkpoint = found.find(({ final }) => final) ?? found[0];
  if (!checkpoint) throw new JobProblem(`Run ${run} has no checkpoint of step ${step} any more.`);
  return checkpoint;
}

/** Relative to its run directory. */
function folderOf({ path, run }: Checkpoint): string {
  return path.slice(path.lastIndexOf(`${run}/`) + run.length + 1);
}

async function isServed(project: Project, backend: ProjectBackend, checkpoint: Checkpoint): Promise<boolean> {
  for (const status of await listJobs(project.paths.runs, backend)) {
    if (status.kind !== 'serve' || hasEnded(status)) continue;
    const spec = await readSpec(runDirectory(project.paths.runs, status.run)).catch(() => undefined);
    if (spec?.kind !== 'serve') continue;
    if ([checkpoint.local_path, pathBesideRun(checkpoint)].includes(spec.params.model_path)) return true;
  }
  return false;
}

async function trainingRun(
  project: Project,
  backend: ProjectBackend,
  run: string,
): Promise<{ dir: string; status: JobStatus; spec: TrainSpec }> {
  const dir = runDirectory(project.paths.runs, run);
  const status = await jobStatus(dir, backend);
  const spec = await readSpec(dir).catch(() => undefined);
  if (!status || spec?.kind !== 'train') throw new JobProblem(`"${run}" is no training run of this project.`);
  return { dir, status, spec };
}
