import { Pushed } from '../contract/rpc.ts';
import { failure, signalOf } from '../contract/rpcConnection.ts';
import { TrainingServer } from '../contract/trainingRpc.ts';
import { createJob, JobProblem, jobStatus, type NewJob, readSpec } from '../engine/jobs/index.ts';
import {
  addTarget,
  allTargets,
  deleteCheckpoint,
  estimateTraining,
  fetchBuiltin,
  fetchCheckpoint,
  findStudentWeights,
  findTarget,
  isHere,
  listCheckpoints,
  loadTargets,
  prepareServing,
  prepareTraining,
  sshHosts,
  trainingSettings,
} from '../engine/train/index.ts';
import { coalesce } from './coalesce.ts';
import { knownRun, runFolder, unknownRun } from './failures.ts';
import type { OpenedProject } from './openedProject.ts';
import type { RunSnapshots } from './runSnapshots.ts';
import type { Session } from './session.ts';

/** How often a fetch that goes on is told. */
const TELL_MS = 200;

/** targets/*, training/*, checkpoints/* and what a Job panel draws. */
export function answerTraining(session: Session, runs: RunSnapshots): void {
  session.answer(TrainingServer.targets, async () => {
    const { file, registry, problems } = await loadTargets();
    return { file, problems, targets: allTargets(registry) };
  });
  session.answerTrusted(TrainingServer.addTarget, ({ id, target }) => told(addTarget(id, target)));
  session.answer(TrainingServer.sshHosts, () => sshHosts());
  session.answerTrusted(TrainingServer.estimateTraining, async ({ project, dataset, target }, token) => {
    const opened = session.open(project);
    const ready = await opened.project();
    const settings = trainingSettings(ready);
    return told(estimateTraining(ready, opened.backend, { dataset, target, settings }, signalOf(token)));
  });
  session.answerTrusted(TrainingServer.train, async ({ project, dataset, target, keys, title }) => {
    const opened = session.open(project);
    const ready = await opened.project();
    const settings = trainingSettings(ready);
    const remote = (await told(findTarget(target))).target.kind === 'ssh';
    const weights = await findStudentWeights(ready, settings, remote);
    // The estimate said what is downloaded, and a person agreed to it.
    if (weights.kind === 'builtin') await told(fetchBuiltin());
    const prepared = await told(prepareTraining(ready, { dataset, target, settings }));
    const job: NewJob = title === undefined ? prepared : { ...prepared, title };
    const { run, dir } = await createJob(ready, job);
    await begin(session, project, opened, dir, keys, !isHere(target));
    return { run };
  });
  session.answerTrusted(TrainingServer.rerun, async ({ project, run, keys }) => {
    const opened = session.open(project);
    const ready = await opened.project();
    const spec = await readSpec(runFolder(opened, run)).catch(() => {
      throw unknownRun(run);
    });
    const { schema: _schema, run: _run, project: _project, created: _created, resume: _resume, ...job } = spec;
    const made = await createJob(ready, job);
    await begin(session, project, opened, made.dir, keys, !isHere(spec.target));
    return { run: made.run };
  });
  session.answer(TrainingServer.runSnapshot, async ({ project, run, points, range }) => {
    const opened = session.open(project);
    return runs.of(opened, run, { points, range });
  });
  session.answer(TrainingServer.checkpoints, async ({ project }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    return { checkpoints: await listCheckpoints(opened, opened.backend) };
  });
  session.answerTrusted(TrainingServer.deleteCheckpoint, async ({ project, run, step, where }) => {
    const opened = session.open(project);
    await told(deleteCheckpoint(await opened.project(), opened.backend, knownRun(run), step, where));
    session.jobsChanged(project);
  });
  session.answerTrusted(TrainingServer.fetchCheckpoint, async ({ project, run, step }, token) => {
    const opened = session.open(project);
    const moved = coalesce(() => session.push(Pushed.fetchMoved, { project, run, step, ...bytes }), TELL_MS);
    let bytes = { done: 0, total: 0 };
    try {
      const ready = await opened.project();
      const path = await told(
        fetchCheckpoint(ready, opened.backend, knownRun(run), step, signalOf(token), (done, total) => {
          bytes = { done, total };
          moved();
        }),
      );
      return { path };
    } finally {
      moved.cancel();
      session.jobsChanged(project);
    }
  });
  session.answerTrusted(TrainingServer.serve, async ({ project, run, step, where, keys }) => {
    const opened = session.open(project);
    const made = await told(prepareServing(await opened.project(), opened.backend, knownRun(run), step, where));
    await begin(session, project, opened, made.dir, keys, !isHere(made.spec.target));
    return { run: made.run };
  });
}

/**
 * Starts a run. One on another machine may send gigabytes first: nobody waits for it, its progress and a failure to
 * start are told by its own status.
 */
async function begin(
  session: Session,
  project: string,
  opened: OpenedProject,
  dir: string,
  keys: Readonly<Record<string, string>>,
  remote: boolean,
): Promise<void> {
  const starting = told(opened.backend.start(dir, keys)).finally(() => session.jobsChanged(project));
  if (!remote) return starting;
  starting.catch((error: unknown) => session.log('warn', error instanceof Error ? error.message : String(error)));
  await jobStatus(dir, opened.backend);
  session.jobsChanged(project);
}

/** A problem with what to do, as the failure that the editor shows. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof JobProblem ? failure('job', error.message) : error;
  }
}
