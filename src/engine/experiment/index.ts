/**
 * The whole loop from one section of `smt.yaml`: which mixtures, trainings and evaluations its budgets, method sets and
 * seeds mean, what of it is done, and running the rest. Knows the jobs' order and nothing of their work.
 */
export { type ExperimentEstimate, estimateExperiment } from './estimate.ts';
export { groundProblem, readGround } from './ground.ts';
export { type ExperimentGround, type ExperimentStep, planExperiment } from './plan.ts';
export { type ExperimentSpec, type ExperimentTools, runExperiment } from './runExperiment.ts';
