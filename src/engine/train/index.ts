/**
 * Training and what comes of it: targets (machines of the user's own registry), the spec and estimate of a training
 * job, checkpoints on disk, and the Python worker that trains, serves and answers batch files. What runs where is the
 * business of `jobs`; what is trained on, of `mix`.
 */

export type { BatchEnd, BatchProgress, WorkerBatch } from './batch.ts';
export { checkpointsOf, deleteCheckpoint, fetchCheckpoint, listCheckpoints, prepareServing } from './checkpoints.ts';
export { estimateTokens, estimateTraining, schedule } from './estimateTraining.ts';
export { prepareTraining, type TrainingChoice, trainingSettings } from './prepareTraining.ts';
export { type Probed, probeTarget } from './probeTarget.ts';
export { isHere, ProjectBackend } from './projectBackend.ts';
export { RunProjection } from './runProjection.ts';
export { fetchBuiltin, findStudentWeights, type StudentWeights } from './studentWeights.ts';
export {
  addTarget,
  allTargets,
  findTarget,
  type LoadedTargets,
  loadTargets,
  sshHosts,
  targetsFile,
} from './targetRegistry.ts';
export { runWorkerBatch } from './workerBatch.ts';
export { runWorkerHarness } from './workerHarness.ts';
