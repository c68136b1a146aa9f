import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobEvent, JobSpec, JobStatus } from '../../contract/events.ts';
import type { Checkpoint } from '../../contract/training.ts';
import {
  createJob,
  hasEnded,
  JobProblem,
  jobStatus,
  listJobs,
  readEvents,
  readSpec,
  runDirectory,
  writeAtomically,
} from '../jobs/index.ts';
import type { Project } from '../project/index.ts';
import { isHere, type ProjectBackend } from './projectBackend.ts';

type TrainSpec = Extract<JobSpec, { kind: 'train' }>;

/** Paths of a run that a person deleted: on another machine, nothing else here tells. */
const REMOVED = 'removed.json';

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
  const byPath = new Map<string, Checkpoint>();
  for (const event of events) {
    if (event.type !== 'checkpoint' || removed.has(event.path)) continue;
    const here = join(dir, event.path);
    byPath.set(event.path, {
      run,
      target: target ?? 'local',
      step: event.step,
      final: event.final === true,
      path: isHere(target) ? here : `runs/${run}/${event.path}`,
      local_path: existsSync(here) ? here : null,
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
 * Deletes a checkpoint where it lies, and its copy here.
 * @throws JobProblem while its run is going on or it is being served
 */
export async function deleteCheckpoint(
  project: Project,
  backend: ProjectBackend,
  run: string,
  step: number,
): Promise<void> {
  const { dir, status } = await trainingRun(project, backend, run);
  if (!hasEnded(status)) throw new JobProblem(`Run ${run} is still going on. Stop it first.`);
  for (const checkpoint of (await checkpointsOf(project, status)).filter((each) => each.step === step)) {
    if (await isServed(project, backend, checkpoint)) {
      throw new JobProblem(`Step ${step} of run ${run} is being served. Stop that job first.`);
    }
    const folder = folderOf(checkpoint);
    await backend.remove(dir, folder);
    await writeAtomically(join(dir, REMOVED), `${JSON.stringify([...removedPaths(dir), folder])}\n`);
  }
}

/**
 * The run directory of a `serve` job for a checkpoint, where the checkpoint lies; the caller starts it.
 * @throws JobProblem where there is no such checkpoint
 */
export async function prepareServing(project: Project, backend: ProjectBackend, run: string, step: number) {
  const { status, spec } = await trainingRun(project, backend, run);
  const found = (await checkpointsOf(project, status)).filter((each) => each.step === step);
  const checkpoint = found.find(({ final }) => final) ?? found[0];
  if (!checkpoint) throw new JobProblem(`Run ${run} has no checkpoint of step ${step} any more.`);
  return createJob(project, {
    kind: 'serve',
    title: `Serve ${spec.params.model} of ${run}, step ${step}`,
    params: { model: `${run}@${step}`, model_path: servedPath(checkpoint), port: 0 },
    ...(isHere(status.target) || status.target === undefined ? {} : { target: status.target }),
  });
}

/** On another machine the serving run's directory stands beside the training run's. */
function servedPath(checkpoint: Checkpoint): string {
  return isHere(checkpoint.target) ? checkpoint.path : `../${checkpoint.run}/${folderOf(checkpoint)}`;
}

/** Relative to its run directory. */
function folderOf({ path, run }: Checkpoint): string {
  return path.slice(path.lastIndexOf(`${run}/`) + run.length + 1);
}

async function isServed(project: Project, backend: ProjectBackend, checkpoint: Checkpoint): Promise<boolean> {
  for (const status of await listJobs(project.paths.runs, backend)) {
    if (status.kind !== 'serve' || hasEnded(status)) continue;
    const spec = await readSpec(runDirectory(project.paths.runs, status.run)).catch(() => undefined);
    if (spec?.kind === 'serve' && spec.params.model_path === servedPath(checkpoint)) return true;
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

function removedPaths(dir: string): string[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(dir, REMOVED), 'utf8'));
    return Array.isArray(parsed) ? parsed.filter((path) => typeof path === 'string') : [];
  } catch {
    return [];
  }
}
