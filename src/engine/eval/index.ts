/**
 * The verdict: benchmarks from their public file formats, answers of models to them (requests in a log of their own),
 * extraction, scoring and judging, and what comes of it: statistics and reports. Every score is a pure function of logged
 * answers. Nothing of a question, its choices or its answer ever reaches a generating prompt.
 */

export { projectBenchmarkQuestions, readBenchmarkQuestions } from './benchmarkQuestions.ts';
export { evaluatedQuestions, type LoadedBenchmark, loadBenchmarks } from './benchmarks/loadBenchmarks.ts';
export { GENERAL_PANEL } from './general/generalPanel.ts';
export { harnessNotes, harnessOf } from './general/harness.ts';
export { describeModels, type ModelDescription } from './models/modelDescription.ts';
export { locateWeights } from './models/weights.ts';
export { type EvaluationEstimate, estimateEvaluation } from './run/estimateEvaluation.ts';
export { type EvaluateSpec, runEvaluate } from './run/runEvaluate.ts';
export { type Selection, selectEvaluation } from './run/selection.ts';
