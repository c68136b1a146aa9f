import type { BatchProgress } from './batch.ts';
import { type LocalWorkerEnd, runLocalWorker } from './localWorker.ts';

/** Tasks of lm-evaluation-harness on one model's weights, on this machine. */
export interface WorkerHarness {
  /** Folder with safetensors, or a GGUF file. */
  model: string;
  tasks: readonly string[];
  /** Working folder: tasks name their files relative to it. */
  folder: string;
  /** Folder of task YAML. Code that it names is run. */
  include?: string;
  /** Questions a task. */
  limit?: number;
  /** A folder for each task comes into it, whole; what is there already is not run again. */
  output: string;
  log: string;
  signal?: AbortSignal;
  onProgress?: (progress: BatchProgress) => void;
  onLog?: (level: 'info' | 'warn', message: string) => void;
}

export function runWorkerHarness(harness: WorkerHarness): Promise<LocalWorkerEnd> {
  const { model, tasks, folder, include, limit, output, ...worker } = harness;
  const args = ['harness', '--model', model, '--output', output, '--folder', folder];
  for (const task of tasks) args.push('--task', task);
  if (include !== undefined) args.push('--include', include);
  if (limit !== undefined) args.push('--limit', `${limit}`);
  return runLocalWorker({ ...worker, args });
}
