import { basename, join } from 'node:path';
import type { DatasetManifest } from '../../contract/dataset.ts';
import type { TrainingSettings, TrainParams } from '../../contract/training.ts';
import { JobProblem, type NewJob } from '../jobs/index.ts';
import { readDataset } from '../mix/index.ts';
import type { Project } from '../project/index.ts';
import { isHere } from './projectBackend.ts';
import { findStudentWeights, type StudentWeights } from './studentWeights.ts';
import { findTarget } from './targetRegistry.ts';

/** What a person chose; everything else comes from smt.yaml. */
export interface TrainingChoice {
  dataset: string;
  target: string;
  settings: TrainingSettings;
}

/** `training` of smt.yaml with what a person chose over it. */
export function trainingSettings(project: Project, over: Partial<TrainingSettings> = {}): TrainingSettings {
  return { ...project.config.training, ...over };
}

/** The newest training set, or the named one. @throws JobProblem that says how to build it */
export async function datasetOf(project: Project, name: string): Promise<DatasetManifest> {
  const found = await readDataset(project.paths.datasets, name);
  if (!found.ok) throw new JobProblem(found.message);
  if (found.manifest.student === project.config.student.model) return found.manifest;
  throw new JobProblem(
    `Training set "${name}" was made for ${found.manifest.student}, and smt.yaml names ${project.config.student.model} as student. Build it again: smt mix ${name}`,
  );
}

/**
 * The job that trains on a data set: paths on this machine for a local target, links below the run directory (`in/…`)
 * for a remote one, which gets data set and weights with the job.
 * @throws JobProblem that says what stands in the way
 */
export async function prepareTraining(
  project: Project,
  { dataset, target: id, settings }: TrainingChoice,
): Promise<NewJob> {
  const { target } = await findTarget(id);
  const manifest = await datasetOf(project, dataset);
  const remote = target.kind === 'ssh';
  const weights = await findStudentWeights(project, settings, remote);
  if (weights.kind === 'missing') throw new JobProblem(weights.message);
  if (weights.kind === 'builtin') {
    throw new JobProblem('The weights of the student are not downloaded yet. "smt train" asks, and downloads them.');
  }
  const folder = join(project.paths.datasets, dataset);
  const inputs = [{ name: 'dataset', path: folder }];
  if (weights.kind === 'here') inputs.push({ name: `weights-${basename(weights.path)}`, path: weights.path });
  const params: TrainParams = {
    dataset,
    dataset_path: remote ? 'in/dataset' : folder,
    dataset_hash: manifest.hash,
    model: project.config.student.model,
    model_path: pathFor(weights, remote),
    revision: weights.kind === 'hub' ? weights.revision : (settings.weights.revision ?? null),
    settings: { ...settings, target: id },
    rows: manifest.train.rows,
    tokens: manifest.train.tokens,
    processes: target.gpus === undefined ? 'auto' : Math.max(1, target.gpus),
  };
  return {
    kind: 'train',
    title: `Train ${basename(project.config.student.model)} on ${dataset}`,
    params,
    ...(isHere(id) ? {} : { target: id }),
    ...(remote ? { inputs } : {}),
  };
}

function pathFor(weights: Exclude<StudentWeights, { kind: 'missing' | 'builtin' }>, remote: boolean): string | null {
  if (weights.kind === 'hub') return null;
  if (weights.kind === 'there' || !remote) return weights.path;
  return `in/weights-${basename(weights.path)}`;
}
