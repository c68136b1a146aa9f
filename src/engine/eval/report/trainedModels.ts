import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetManifest } from '../../../contract/dataset.ts';
import { listRunDirectories, readSpec, readStatusFile } from '../../jobs/index.ts';
import type { ProjectPaths } from '../../project/index.ts';

/** What a trained model was made of: its place on the token axis. */
export interface TrainedModel {
  readonly run: string;
  readonly dataset: string;
  readonly seed: number;
  /** Synthetic tokens of the training set, replay not counted (recipe §4.2); with it where the manifest is gone. */
  readonly tokens: number;
  /** Models of one curve share it: student, mixture and training settings, all but budget and seed. */
  readonly mixture: string;
  /** The model that it was trained from. */
  readonly from: string;
  /** Tokens of the whole training set, replay counted, and passes over it. */
  readonly setTokens: number;
  readonly epochs: number;
  readonly finished: boolean;
  /** Unix time in seconds. */
  readonly created: number;
  readonly curve: string;
}

/** All training runs of a project by id, from their specs and the manifests they name. */
export async function trainedModels(paths: ProjectPaths): Promise<ReadonlyMap<string, TrainedModel>> {
  const found = new Map<string, TrainedModel>();
  for (const dir of await listRunDirectories(paths.runs)) {
    const spec = await readSpec(dir).catch(() => undefined);
    if (spec?.kind !== 'train') continue;
    const { dataset, dataset_hash, tokens, settings, model, revision } = spec.params;
    const manifest = await manifestOf(paths, dataset, dataset_hash);
    const { seed, target: _target, keep_checkpoints: _kept, save_every_steps: _saved, ...recipe } = settings;
    // A nested series is named after its budgets: `main-44000000`, `main-88000000` are points of one curve.
    const mixture = dataset.replace(/-\d+$/, '');
    found.set(basename(dir), {
      run: basename(dir),
      dataset,
      seed,
      tokens: tokens - (manifest?.replay?.tokens ?? 0),
      mixture,
      from: model,
      setTokens: tokens,
      epochs: settings.epochs,
      finished: (await readStatusFile(dir))?.state === 'succeeded',
      created: spec.created,
      curve: JSON.stringify([mixture, model, revision, recipe]),
    });
  }
  return found;
}

/** The manifest that was trained on: a data set built again under the same name is another one. */
async function manifestOf(paths: ProjectPaths, dataset: string, hash: string): Promise<DatasetManifest | undefined> {
  try {
    const text = await readFile(join(paths.datasets, dataset, 'manifest.json'), 'utf8');
    const manifest = DatasetManifest.parse(JSON.parse(text));
    return manifest.hash === hash ? manifest : undefined;
  } catch {
    return undefined;
  }
}
