import type { ModelRef } from '../../../contract/model.ts';
import { readStatusFile, runDirectory } from '../../jobs/index.ts';
import type { SetUpProgress } from '../../llm/builtin/index.ts';
import type { Project } from '../../project/index.ts';
import { checkpointsOf, fetchBuiltin, findStudentWeights } from '../../train/index.ts';

export type LocatedWeights =
  /** `target`: the machine they lie on, where that is not this one. */
  { ok: true; path: string; target?: string } | { ok: false; message: string };

/**
 * The files of a model that the worker answers for: the student before training, or what a training run left. A
 * checkpoint that was not fetched from its target is answered there.
 */
export async function locateWeights(
  project: Project,
  ref: ModelRef,
  options: { signal?: AbortSignal; onSetUp?: (progress: SetUpProgress) => void } = {},
): Promise<LocatedWeights> {
  if (ref.kind === 'endpoint') return { ok: false, message: `endpoint:${ref.endpoint} has no weights here.` };
  if (ref.kind === 'checkpoint') return locateCheckpoint(project, ref.run, ref.step);
  const found = await findStudentWeights(project, project.config.training, false);
  switch (found.kind) {
    case 'here':
      return { ok: true, path: found.path };
    case 'builtin':
      return { ok: true, path: await fetchBuiltin(options.signal, options.onSetUp) };
    case 'missing':
      return { ok: false, message: `${found.message} Or evaluate an endpoint that serves the model.` };
    case 'hub':
    case 'there':
      return {
        ok: false,
        message: `The weights of ${project.config.student.model} are not on this machine. Name their folder in training.weights.path of smt.yaml, or evaluate an endpoint that serves the model.`,
      };
  }
}

async function locateCheckpoint(project: Project, run: string, step: number | undefined): Promise<LocatedWeights> {
  const status = await readStatusFile(runDirectory(project.paths.runs, run));
  if (status?.kind !== 'train') return { ok: false, message: `There is no training run "${run}".` };
  const checkpoints = await checkpointsOf(project, status);
  const wanted = checkpoints
    .filter((checkpoint) => (step === undefined ? checkpoint.final : checkpoint.step === step))
    .at(-1);
  if (!wanted) {
    const steps = checkpoints.map((checkpoint) => checkpoint.step).join(', ') || 'none';
    const what = step === undefined ? 'no finished model' : `no checkpoint of step ${step}`;
    return { ok: false, message: `Run ${run} has ${what} (checkpoints: ${steps}).` };
  }
  if (wanted.local_path !== null) return { ok: true, path: wanted.local_path };
  return { ok: true, path: wanted.path, target: wanted.target };
}
