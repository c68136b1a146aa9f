import type { JobSpec, JobStatus } from '../../contract/events.ts';
import {
  badInput,
  createJob,
  hasEnded,
  type JobBackend,
  type JobContext,
  type JobEnd,
  type JobHooks,
  JobProblem,
  jobStatus,
  type NewJob,
  runDirectory,
  runJob,
} from '../jobs/index.ts';
import { inProject, type Project } from '../project/index.ts';
import { fetchBuiltin, findStudentWeights, findTarget, prepareTraining } from '../train/index.ts';
import { groundProblem, readGround } from './ground.ts';
import { type ExperimentStep, planExperiment } from './plan.ts';

export type ExperimentSpec = Extract<JobSpec, { kind: 'experiment' }>;

/** Who runs the jobs of an experiment. */
export interface ExperimentTools {
  /** A job of ours in this process: mixtures and evaluations. */
  run(dir: string, spec: JobSpec, hooks: JobHooks): Promise<JobEnd>;
  /** Trainings, on the target that their spec names. */
  backend: JobBackend;
}

const FOLLOW_MS = 500;

/**
 * Runs what the experiment of `smt.yaml` lacks, one job after the other, each with its own run directory that can be
 * watched, stopped and resumed by itself. Called again, it goes on with what is missing; points of the scaling curve
 * appear as evaluations end. A step that fails ends the experiment: later ones would stand on it.
 */
export function runExperiment(
  dir: string,
  spec: ExperimentSpec,
  keys: Readonly<Record<string, string>>,
  tools: ExperimentTools,
  hooks: JobHooks = {},
): Promise<JobEnd> {
  return runJob(dir, 'experiment', hooks, (context) =>
    inProject(dir, spec, (project) => new Experiment(project, spec, keys, tools, context).run()),
  );
}

class Experiment {
  constructor(
    private readonly project: Project,
    private readonly spec: ExperimentSpec,
    private readonly keys: Readonly<Record<string, string>>,
    private readonly tools: ExperimentTools,
    private readonly context: JobContext,
  ) {}

  async run(): Promise<JobEnd> {
    const { events, signal, hooks } = this.context;
    const tried = new Set<string>();
    for (;;) {
      const ground = await readGround(this.project);
      const problem = groundProblem(ground);
      if (problem !== undefined) return badInput(problem);
      const steps = planExperiment(ground);
      const done = steps.filter((step) => step.done).length;
      events.progress({ phase: 'experiment', done, total: steps.length, unit: 'step', rate: null, etaSeconds: null });
      hooks.onStatus?.(events.status);
      const next = steps.find(
        (step) => !step.done && step.after.every((id) => steps.some((each) => each.id === id && each.done)),
      );
      if (!next) return this.#ended(steps);
      if (signal.aborted) return { kind: 'cancelled' };
      if (tried.has(next.id))
        return {
          kind: 'failed',
          message: `"${next.title}" ended without an error and is still not complete. Look at its run.`,
        };
      tried.add(next.id);
      events.log('info', `${done + 1} of ${steps.length}: ${next.title}`);
      events.note(next.title);
      hooks.onMessage?.('info', `${done + 1} of ${steps.length}: ${next.title}`);
      const end = await this.#step(next);
      if (end.kind !== 'succeeded') return end;
    }
  }

  #ended(steps: readonly ExperimentStep[]): JobEnd {
    const missing = steps.filter((step) => !step.done);
    return missing.length === 0
      ? { kind: 'succeeded', message: `All ${steps.length} steps are done. "smt report" shows the result.` }
      : { kind: 'failed', message: `Not done: ${missing.map(({ title }) => title).join('; ')}` };
  }

  async #step(step: ExperimentStep): Promise<JobEnd> {
    switch (step.kind) {
      case 'mix':
        return this.#here({ kind: 'mix', title: step.title, params: step.params });
      case 'evaluate':
        return this.#here({ kind: 'evaluate', title: step.title, params: step.params });
      case 'train':
        return this.#train(step);
    }
  }

  async #here(job: NewJob): Promise<JobEnd> {
    const { signal, hooks } = this.context;
    const { dir, spec } = await createJob(this.project, { ...job, parent: this.spec.run });
    return this.tools.run(dir, spec, { ...hooks, signal });
  }

  async #train(step: Extract<ExperimentStep, { kind: 'train' }>): Promise<JobEnd> {
    const { signal } = this.context;
    const { backend } = this.tools;
    const dir = step.run
      ? runDirectory(this.project.paths.runs, step.run)
      : (await createJob(this.project, await this.#prepared(step))).dir;
    await backend.start(dir, this.keys);
    const following = new AbortController();
    const follow = backend.follow(dir, following.signal).catch((error: unknown) => {
      this.context.events.log('warn', error instanceof Error ? error.message : String(error));
    });
    try {
      return await this.#wait(dir, backend, signal);
    } finally {
      following.abort();
      await follow;
    }
  }

  async #prepared(step: Extract<ExperimentStep, { kind: 'train' }>): Promise<NewJob> {
    const { dataset, settings } = step;
    const { target } = await findTarget(settings.target);
    const weights = await findStudentWeights(this.project, settings, target.kind === 'ssh');
    if (weights.kind === 'builtin') await fetchBuiltin(this.context.signal);
    const job = await prepareTraining(this.project, { dataset, target: settings.target, settings });
    return { ...job, title: step.title, parent: this.spec.run };
  }

  /** Until the run has ended; a stop of the experiment stops it too, with a checkpoint. */
  async #wait(dir: string, backend: JobBackend, signal: AbortSignal): Promise<JobEnd> {
    let asked = false;
    for (;;) {
      const status = await jobStatus(dir, backend);
      if (status && hasEnded(status)) return endOf(status);
      if (signal.aborted && !asked) {
        asked = true;
        await backend.stop(dir, false);
      }
      if (status) this.context.hooks.onStatus?.(status);
      await new Promise((next) => setTimeout(next, FOLLOW_MS));
    }
  }
}

function endOf(status: JobStatus): JobEnd {
  const message = status.message ?? `Run ${status.run} is ${status.state}.`;
  switch (status.state) {
    case 'succeeded':
      return { kind: 'succeeded' };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'paused':
      return {
        kind: 'paused',
        cause: status.paused?.cause ?? 'endpoint',
        message,
        reasons: status.paused?.reasons ?? [],
      };
    default:
      throw new JobProblem(`Run ${status.run} (${status.title}) is ${status.state}: ${message}`);
  }
}
