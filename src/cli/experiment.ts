import {
  type ExperimentEstimate,
  type ExperimentStep,
  estimateExperiment,
  groundProblem,
  planExperiment,
  readGround,
} from '../engine/experiment/index.ts';
import { createJob } from '../engine/jobs/index.ts';
import { evaluating, type Project } from '../engine/project/index.ts';
import type { ProjectBackend } from '../engine/train/index.ts';
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
  const missing = steps.filter(({ done }) => !done);
  const estimate = await estimateExperiment(project, backend, missing);
  terminal.record({ estimate: { ...estimate, tokens: Object.fromEntries(estimate.tokens) } });
  for (const line of estimateLines(estimate)) terminal.say(line);
  terminal.table([['step', 'state', 'tokens to train'], ...steps.map((step) => row(step, estimate))]);
  if (missing.length === 0) {
    terminal.say('Everything is done. "smt report" shows the result.');
    return Exit.done;
  }
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

function row(step: ExperimentStep, { tokens, at_most }: ExperimentEstimate): string[] {
  const resumable = step.kind === 'train' && step.run && !step.done;
  const mixed = step.kind === 'train' ? step.tokens : null;
  const foreseen = tokens.get(step.id);
  const about = at_most ? 'at most' : 'about';
  return [
    step.title,
    step.done ? 'done' : resumable ? 'goes on' : 'missing',
    mixed !== null ? number.format(mixed) : foreseen === undefined ? '' : `${about} ${number.format(foreseen)}`,
  ];
}

/** Time and money of the trainings, and what that rests on; nothing where none is missing. */
export function estimateLines({ trainings, open, seconds, cost, at_most, basis }: ExperimentEstimate): string[] {
  if (trainings === 0) return [];
  const many = (count: number) => `${count} training${count === 1 ? '' : 's'}`;
  const bound = at_most ? 'at most ' : '';
  const time = seconds ? `${bound}${duration(seconds[0])} to ${duration(seconds[1])}` : 'time unknown';
  const money = cost ? `, ${dollars(cost[0])} to ${dollars(cost[1])}` : '';
  const without = open > 0 && open < trainings ? ` without ${many(open)} that cannot be reckoned yet` : '';
  return [`${many(trainings)}: ${time}${money}${without}.`, ...basis.map((sentence) => `  ${sentence}`)];
}
