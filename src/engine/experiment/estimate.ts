import type { ExperimentForecast } from '../../contract/experimentRpc.ts';
import type { TrainingEstimate } from '../../contract/training.ts';
import { JobProblem } from '../jobs/index.ts';
import { tokensBeforeMixing } from '../mix/index.ts';
import type { Project } from '../project/index.ts';
import { estimateTokens, estimateTraining, type ProjectBackend } from '../train/index.ts';
import type { ExperimentStep } from './plan.ts';

type Training = Extract<ExperimentStep, { kind: 'train' }>;

/** What the trainings of an experiment will take, with their tokens. */
export interface ExperimentEstimate extends ExperimentForecast {
  /** Tokens of all passes by the step's id, where they can be told. */
  tokens: ReadonlyMap<string, number>;
}

/**
 * Time and money of the trainings that are missing, through the estimate of a single one. Where the mixture is not made
 * yet, its tokens are those of the asked budget, or, without one, of all accepted samples, which is an upper bound.
 */
export async function estimateExperiment(
  project: Project,
  backend: ProjectBackend,
  missing: readonly ExperimentStep[],
  signal?: AbortSignal,
): Promise<ExperimentEstimate> {
  const trainings = missing.filter((step) => step.kind === 'train');
  const known = new Map<string, Promise<Foreseen>>();
  const tokens = new Map<string, number>();
  const estimates: TrainingEstimate[] = [];
  const [budgets, bounds, basis] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const step of trainings) {
    // Seeds of one training set take the same.
    const foreseen = known.get(step.dataset) ?? foresee(project, backend, step, signal);
    known.set(step.dataset, foreseen);
    const found = await foreseen;
    if (found.kind === 'open') {
      basis.add(found.reason);
      continue;
    }
    estimates.push(found.estimate);
    tokens.set(step.id, found.estimate.tokens);
    if (found.from === 'budget') budgets.add(step.dataset);
    if (found.from === 'samples') bounds.add(step.dataset);
  }
  if (budgets.size > 0) basis.add(`Not mixed yet, so reckoned from the asked tokens: ${[...budgets].join(', ')}.`);
  if (bounds.size > 0)
    basis.add(`Not mixed yet, so reckoned from all accepted samples, an upper bound: ${[...bounds].join(', ')}.`);
  for (const estimate of estimates) basis.add(estimate.basis);
  return {
    ...{ tokens, trainings: trainings.length, open: trainings.length - estimates.length },
    seconds: sumOf(estimates.map(({ seconds }) => seconds)),
    cost: sumOf(estimates.map(({ cost }) => cost)),
    at_most: bounds.size > 0,
    basis: [...basis],
  };
}

type Foreseen =
  | { kind: 'estimated'; from: 'dataset' | 'budget' | 'samples'; estimate: TrainingEstimate }
  | { kind: 'open'; reason: string };

async function foresee(
  project: Project,
  backend: ProjectBackend,
  { dataset, settings, tokens: mixed, asked }: Training,
  signal: AbortSignal | undefined,
): Promise<Foreseen> {
  const { target } = settings;
  if (mixed !== null) {
    const estimate = await estimateTraining(project, backend, { dataset, target, settings }, signal);
    return { kind: 'estimated', from: 'dataset', estimate };
  }
  const from = asked.budget === null && project.config.mixture.tokens === undefined ? 'samples' : 'budget';
  try {
    const tokens = await tokensBeforeMixing(project, asked.methods, asked.budget, signal);
    if (tokens === 0) return { kind: 'open', reason: `${dataset}: there are no accepted samples to mix yet.` };
    const estimate = await estimateTokens(project, backend, { target, settings, tokens, toy: false }, signal);
    return { kind: 'estimated', from, estimate };
  } catch (error) {
    // The plan stands without a figure; mixing says the same once more and ends there.
    if (error instanceof JobProblem) return { kind: 'open', reason: `${dataset}: ${error.message}` };
    throw error;
  }
}

/** Both ends added up; null where one is not known, or there is none. */
function sumOf(intervals: readonly (readonly [number, number] | null)[]): [number, number] | null {
  let [low, high] = [0, 0];
  for (const interval of intervals) {
    if (interval === null) return null;
    low += interval[0];
    high += interval[1];
  }
  return intervals.length === 0 ? null : [low, high];
}
