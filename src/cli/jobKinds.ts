import type { JobSpec } from '../contract/events.ts';
import { runEvaluate } from '../engine/eval/index.ts';
import { runExperiment } from '../engine/experiment/index.ts';
import { runGenerate } from '../engine/generate/runGenerate.ts';
import { type JobEnd, type JobHooks, runJob } from '../engine/jobs/index.ts';
import { runMix } from '../engine/mix/index.ts';
import { runIndex } from '../engine/rag/index.ts';
import { ProjectBackend } from '../engine/train/index.ts';

/** The work behind each kind of job that runs in a process of ours. `train` and `serve` belong to the Python worker. */
export async function runSpec(
  dir: string,
  spec: JobSpec,
  keys: Readonly<Record<string, string>>,
  hooks: JobHooks,
): Promise<JobEnd> {
  switch (spec.kind) {
    case 'generate':
      return runGenerate(dir, spec, keys, hooks);
    case 'mix':
      return runMix(dir, spec, hooks);
    case 'index':
      return runIndex(dir, spec, keys, hooks);
    case 'evaluate':
      return runEvaluate(dir, spec, keys, hooks);
    case 'experiment': {
      const backend = new ProjectBackend([process.execPath, process.argv[1] ?? '']);
      return runExperiment(dir, spec, keys, { backend, run: (job, of, child) => runSpec(job, of, keys, child) }, hooks);
    }
    default:
      return runJob(dir, spec.kind, hooks, async () => ({
        kind: 'bad_input',
        message: `A job of kind "${spec.kind}" cannot run in this process.`,
      }));
  }
}
