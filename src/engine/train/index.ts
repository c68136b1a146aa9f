/**
 * Training and what comes of it: targets (machines of the user's own registry), the spec and estimate of a training
 * job, checkpoints on disk, and the Python worker that trains, serves and answers batch files. What runs where is the
 * business of `jobs`; what is trained on, of `mix`.
 */
export { type BatchEnd, type BatchProgress, runWorkerBatch, type WorkerBatch } from './workerBatch.ts';
