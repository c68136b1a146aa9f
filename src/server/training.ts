import { failure, signalOf } from '../contract/rpcConnection.ts';
import { TrainingServer } from '../contract/trainingRpc.ts';
import {
  createJob,
  isRunId,
  JobProblem,
  jobStatus,
  type NewJob,
  readSpec,
  runDirectory,
} from '../engine/jobs/index.ts';
import {
  addTarget,
  allTargets,
  deleteCheckpoint,
  estimateTraining,
  fetchBuiltin,
  findStudentWeights,
  findTarget,
  isHere,
  listCheckpoints,
  loadTargets,
  prepareServing,
  prepareTraining,
  RunProjection,
  sshHosts,
  trainingSettings,
} from '../engine/train/index.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';
import { Tunnels } from './tunnels.ts';

/** Curves of so many runs are kept in memory; more are read again. */
const KEPT_RUNS = 20;

/** targets/*, training/*, checkpoints/* and what a Job panel draws. */
export function answerTraining(session: Session): void {
  const projections = new Map<string, RunProjection>();
  const tunnels = new Tunnels((message) => session.log('info', message));
  session.onClose(() => tunnels.close());

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
    const spec = await readSpec(directory(opened, run)).catch(() => {
      throw unknownRun(run);
    });
    const { schema: _schema, run: _run, project: _project, created: _created, resume: _resume, ...job } = spec;
    const made = await createJob(ready, job);
    await begin(session, project, opened, made.dir, keys, !isHere(spec.target));
    return { run: made.run };
  });
  session.answer(TrainingServer.runSnapshot, async ({ project, run, points, range }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const dir = directory(opened, run);
    const projection = projections.get(dir) ?? new RunProjection(dir, opened.paths);
    projections.delete(dir);
    projections.set(dir, projection);
    const oldest = projections.keys().next().value;
    if (projections.size > KEPT_RUNS && oldest !== undefined) projections.delete(oldest);
    const snapshot = await projection.snapshot(opened.backend, { points, range });
    if (!snapshot) throw unknownRun(run);
    const { target } = snapshot.status;
    if (!snapshot.endpoint || isHere(target) || target === undefined) return snapshot;
    const base_url = await tunnels.to(opened.backend, target, run, snapshot.endpoint.base_url);
    return { ...snapshot, endpoint: base_url === undefined ? null : { ...snapshot.endpoint, base_url } };
  });
  session.answer(TrainingServer.checkpoints, async ({ project }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    return { checkpoints: await listCheckpoints(opened, opened.backend) };
  });
  session.answerTrusted(TrainingServer.deleteCheckpoint, async ({ project, run, step }) => {
    const opened = session.open(project);
    await told(deleteCheckpoint(await opened.project(), opened.backend, knownRun(run), step));
    session.jobsChanged(project);
  });
  session.answerTrusted(TrainingServer.fetchCheckpoint, async ({ project, run }, token) => {
    const opened = session.open(project);
    const path = await told(opened.backend.fetch(directory(opened, run), 'out/model', signalOf(token)));
    session.jobsChanged(project);
    return { path };
  });
  session.answerTrusted(TrainingServer.serve, async ({ project, run, step, keys }) => {
    const opened = session.open(project);
    const made = await told(prepareServing(await opened.project(), opened.backend, knownRun(run), step));
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

function directory({ paths }: OpenedProject, run: string): string {
  return runDirectory(paths.runs, knownRun(run));
}

function knownRun(run: string): string {
  if (!isRunId(run)) throw unknownRun(run);
  return run;
}

function unknownRun(run: string) {
  return failure('unknown_run', `There is no run "${run}" in this project.`, 'Refresh the Jobs view.');
}
