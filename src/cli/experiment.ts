import type { TrainingEstimate } from '../contract/training.ts';
import { type ExperimentStep, groundProblem, planExperiment, readGround } from '../engine/experiment/index.ts';
import { createJob } from '../engine/jobs/index.ts';
import { evaluating, type Project } from '../engine/project/index.ts';
import { estimateTraining, type ProjectBackend } from '../engine/train/index.ts';
import { ask, refuseSecond } from './agree.ts';
import { agreeToHarness } from './agreeToHarness.ts';
import type { Arguments } from './arguments.ts';
import { runHere } from './jobRun.ts';
import { dollars, duration, Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `experiment`: every mixture, training and evaluation that smt.yaml asks for, what is done of it, and the rest run. */
export async function experimentVerb(
  terminal: Terminal,
  project: Project,
  backend: ProjectBackend,
  values: Arguments['values'],
): Promise<Exit> {
  const ground = await readGround(project);
  const problem = groundProblem(ground);
  if (problem !== undefined) throw new UsageError(problem);
  const steps = planExperiment(ground);
  for (const step of steps) terminal.record({ step });
  terminal.table([['step', 'state', 'tokens to train'], ...steps.map(row)]);
  const missing = steps.filter(({ done }) => !done);
  if (missing.length === 0) {
    terminal.say('Everything is done. "smt report" shows the result.');
    return Exit.done;
  }
  for (const line of await expected(project, backend, missing)) terminal.say(line);
  if (values['dry-run']) return Exit.done;
  await refuseSecond(evaluating, project);
  await agreeToHarness(terminal, project, ground, values);
  if (!values.yes && process.stdin.isTTY && !(await ask(`Run ${missing.length} jobs now?`)))
    throw new UsageError('Nothing was started.');
  const { run, dir } = await createJob(project, {
    kind: 'experiment',
    title: `Experiment: ${missing.length} of ${steps.length} jobs`,
    params: { dry_run: false },
  });
  if (!values.detach) return runHere(terminal, dir, backend);
  await backend.start(dir, {});
  terminal.record({ run, dir });
  terminal.say(`Started run ${run}. "smt jobs" shows it and its jobs, "smt jobs stop ${run}" stops it.`);
  return Exit.done;
}

function row(step: ExperimentStep): string[] {
  const resumable = step.kind === 'train' && step.run && !step.done;
  return [
    step.title,
    step.done ? 'done' : resumable ? 'goes on' : 'missing',
    step.kind === 'train' && step.tokens !== null ? number.format(step.tokens) : '',
  ];
}

/** Time and money of the trainings whose data set is there; what cannot be known yet is said. */
async function expected(
  project: Project,
  backend: ProjectBackend,
  missing: readonly ExperimentStep[],
): Promise<string[]> {
  const trainings = missing.filter((step) => step.kind === 'train');
  const known = trainings.filter(({ tokens }) => tokens !== null);
  const estimates: TrainingEstimate[] = [];
  for (const { dataset, settings } of known) {
    estimates.push(await estimateTraining(project, backend, { dataset, target: settings.target, settings }));
  }
  const sum = (of: (estimate: TrainingEstimate) => [number, number] | null): [number, number] | null =>
    estimates.length === 0 || estimates.some((each) => of(each) === null)
      ? null
      : [0, 1].reduce<[number, number]>(
          (total, end) => {
            total[end] = estimates.reduce((all, each) => all + (of(each)?.[end] ?? 0), 0);
            return total;
          },
          [0, 0],
        );
  const seconds = sum(({ seconds }) => seconds);
  const cost = sum(({ cost }) => cost);
  const open = trainings.length - known.length;
  return [
    `${trainings.length} trainings: ${seconds ? `${duration(seconds[0])} to ${duration(seconds[1])}` : 'time unknown'}${cost ? `, ${dollars(cost[0])} to ${dollars(cost[1])}` : ''}${open > 0 ? ` without ${open} whose training set is not mixed yet` : ''}.`,
  ];
}
