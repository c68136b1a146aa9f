import type { BatchEnd, WorkerBatch } from './batch.ts';
import { countAnswers } from './batchOutput.ts';
import { runLocalWorker } from './localWorker.ts';

/** The batch on this machine. */
export async function runLocalBatch(batch: WorkerBatch): Promise<BatchEnd> {
  const { model, input, output, log = `${output}.log`, ...worker } = batch;
  const args = ['batch', '--model', model, '--input', input, '--output', output];
  const end = await runLocalWorker({ ...worker, args, log });
  const answered = await countAnswers(output);
  if (end.kind !== 'failed') return { kind: end.kind, answered };
  return { kind: 'failed', message: end.message, hint: end.hint, answered };
}
