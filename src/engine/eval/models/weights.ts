import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ModelRef } from '../../../contract/model.ts';
import { readEvents } from '../../jobs/index.ts';
import { type SetUpProgress, setUpBuiltin, userCacheFolder } from '../../llm/builtin/index.ts';
import type { Project } from '../../project/index.ts';

export type LocatedWeights = { ok: true; path: string } | { ok: false; message: string };

const BUILTIN_STUDENT = 'HuggingFaceTB/SmolLM2-135M-Instruct';

/** The files of a model that the worker answers for: the student before training, or what a training run left here. */
export async function locateWeights(
  project: Project,
  ref: ModelRef,
  options: { signal?: AbortSignal; onSetUp?: (progress: SetUpProgress) => void } = {},
): Promise<LocatedWeights> {
  if (ref.kind === 'endpoint') return { ok: false, message: `endpoint:${ref.endpoint} has no weights here.` };
  if (ref.kind === 'checkpoint') return locateCheckpoint(project, ref.run, ref.step);
  const { weights } = project.config.training;
  if (weights.path !== undefined) {
    const path = isAbsolute(weights.path) ? weights.path : join(project.root, weights.path);
    return existsSync(path)
      ? { ok: true, path }
      : { ok: false, message: `training.weights.path: there is no ${path}.` };
  }
  if (project.config.student.model === BUILTIN_STUDENT) {
    // The built-in model's file holds the student's own weights; the worker converts it once.
    const { gguf } = await setUpBuiltin({
      cacheDir: userCacheFolder(),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onSetUp ? { onProgress: options.onSetUp } : {}),
    });
    return { ok: true, path: gguf };
  }
  return {
    ok: false,
    message: `Where the weights of ${project.config.student.model} lie is not known. Name their folder in training.weights.path of smt.yaml, or evaluate an endpoint that serves the model.`,
  };
}

async function locateCheckpoint(project: Project, run: string, step: number | undefined): Promise<LocatedWeights> {
  const dir = join(project.paths.runs, run);
  if (!existsSync(join(dir, 'spec.json'))) return { ok: false, message: `There is no training run "${run}".` };
  const { events } = await readEvents(dir);
  const checkpoints = events.filter((event) => event.type === 'checkpoint');
  const wanted =
    step === undefined
      ? checkpoints.filter(({ final }) => final === true).at(-1)
      : checkpoints.filter((checkpoint) => checkpoint.step === step).at(-1);
  const path = wanted ? join(dir, wanted.path) : join(dir, 'out', 'model');
  if ((wanted || step === undefined) && existsSync(path)) return { ok: true, path };
  const steps = checkpoints.map((checkpoint) => checkpoint.step).join(', ') || 'none';
  const what = step === undefined ? 'no finished model' : `no checkpoint of step ${step}`;
  return { ok: false, message: `Run ${run} has ${what} on this machine (checkpoints: ${steps}).` };
}
