/**
 * Numbers with their uncertainty (recipe §7): decoding noise, the bootstrap over documents, paired differences, McNemar,
 * and the log-linear scaling fit with the tokens it takes to reach RAG. Pure functions of per-question outcomes; what too
 * few questions cannot say is a reason, never NaN. Checked against SciPy and numpy (worker/tests).
 */
export { type BootstrapOptions, clusterBootstrap, type MeanWithInterval } from './clusterBootstrap.ts';
export { type DecodingNoise, decodingInterval } from './decodingInterval.ts';
export type { Interval } from './interval.ts';
export { type McNemar, majority, mcnemar } from './mcnemar.ts';
export { type Outcomes, type PairedDelta, pairedDelta, shareRight } from './pairedDelta.ts';
export { oneRunHalfWidth, wilsonInterval } from './proportion.ts';
export { fitScaling, LEAST_BUDGETS, type Scaling, type ScalingFit, type TrainedPoint } from './scalingFit.ts';
export { studentInterval } from './studentInterval.ts';
export type { TokensToRag } from './tokensToRag.ts';
