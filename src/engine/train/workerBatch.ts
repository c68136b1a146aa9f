import type { BatchEnd, WorkerBatch } from './batch.ts';
import { runLocalBatch } from './localBatch.ts';
import { isHere } from './projectBackend.ts';
import { runRemoteBatch } from './remoteBatch.ts';

/**
 * Answers a batch file on a target: the launcher makes the environment, the worker loads the model once and appends
 * answers as they come. On another machine it runs detached and comes back as it is written. Called again after a stop, a crash or a cut connection, it goes on where it was.
 * Never throws: every end is a value.
 */
export async function runWorkerBatch(batch: WorkerBatch): Promise<BatchEnd> {
  return isHere(batch.target) || batch.target === undefined
    ? runLocalBatch(batch)
    : runRemoteBatch(batch, batch.target);
}
