import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { TrainingSettings } from '../../contract/training.ts';
import { readGguf } from '../llm/builtin/gguf.ts';
import { builtinState, type SetUpProgress, setUpBuiltin } from '../llm/builtin/index.ts';
import type { Project } from '../project/index.ts';

/** The built-in model's file holds this student's weights: no hub is needed for it. */
const BUILTIN_STUDENT = 'HuggingFaceTB/SmolLM2-135M-Instruct';

/** Where a student's weights come from. */
export type StudentWeights =
  /** On this machine. A remote target gets them with the job. */
  | { kind: 'here'; path: string; parameters: number | null; bytes: number }
  /** The built-in model, not downloaded yet: `fetchBuiltin` does it, after consent. */
  | { kind: 'builtin'; bytes: number; parameters: number }
  /** A path that only the target can check. */
  | { kind: 'there'; path: string; parameters: number | null }
  /** Fetched by the worker from the hub at a pinned revision. */
  | { kind: 'hub'; revision: string; parameters: number | null }
  | { kind: 'missing'; message: string };

/** Looks where the weights of the project's student are; downloads nothing. */
export async function findStudentWeights(
  project: Project,
  { weights }: TrainingSettings,
  remote: boolean,
): Promise<StudentWeights> {
  const { model } = project.config.student;
  if (weights.path !== undefined) {
    if (remote) return { kind: 'there', path: weights.path, parameters: parametersOfName(model) };
    const path = isAbsolute(weights.path) ? weights.path : join(project.root, weights.path);
    return existsSync(path)
      ? here(path, model)
      : { kind: 'missing', message: `training.weights.path of smt.yaml: there is no ${path}.` };
  }
  if (model === BUILTIN_STUDENT && weights.revision === undefined) {
    const state = await builtinState();
    if (!state.installed) return { kind: 'builtin', bytes: state.download_mb * 1e6, parameters: 134_515_008 };
    return here((await setUpBuiltin()).gguf, model);
  }
  const cached = hubSnapshot(model, weights.revision);
  if (cached && !remote) return here(cached, model);
  if (weights.revision !== undefined) {
    return { kind: 'hub', revision: weights.revision, parameters: parametersOfName(model) };
  }
  return {
    kind: 'missing',
    message: `Where the weights of ${model} lie is not known. Pin the commit on its hub (training.weights.revision of smt.yaml), or name a folder with safetensors (training.weights.path).`,
  };
}

/** Downloads the built-in model, whose weights are the student's. The caller has asked. */
export async function fetchBuiltin(
  signal?: AbortSignal,
  onProgress?: (progress: SetUpProgress) => void,
): Promise<string> {
  const options = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  return (await setUpBuiltin(options)).gguf;
}

function here(path: string, model: string): StudentWeights {
  const gguf = path.toLowerCase().endsWith('.gguf');
  return {
    kind: 'here',
    path,
    bytes: gguf ? statSync(path).size : folderBytes(path),
    parameters: gguf ? readGguf(path).parameters : (parametersOfFolder(path) ?? parametersOfName(model)),
  };
}

/** A snapshot that another program left in the hub's own cache. */
function hubSnapshot(model: string, revision: string | undefined): string | undefined {
  const hub = process.env.HF_HUB_CACHE ?? join(process.env.HF_HOME ?? join(homedir(), '.cache', 'huggingface'), 'hub');
  const folder = join(hub, `models--${model.replaceAll('/', '--')}`);
  try {
    const wanted = revision ?? readFileSync(join(folder, 'refs', 'main'), 'utf8').trim();
    const snapshot = join(folder, 'snapshots', wanted);
    return readdirSync(snapshot).some((name) => name.endsWith('.safetensors')) ? snapshot : undefined;
  } catch {
    return undefined;
  }
}

/** Parameters from the size of the safetensors files: their dtype is named in `config.json`. */
function parametersOfFolder(folder: string): number | null {
  try {
    const config: unknown = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const text = JSON.stringify(config);
    const dtype = /"(?:torch_)?dtype":"(\w+)"/.exec(text)?.[1];
    const bytes = dtype === 'float32' ? 4 : 2;
    const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
    if (files.length === 0) return null;
    return Math.round(files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / bytes);
  } catch {
    return null;
  }
}

function folderBytes(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0;
  }
}

/** By the size in a model's name, as hubs write it: `SmolLM2-135M`, `Qwen3-1.7B`; null without one. */
export function parametersOfName(model: string): number | null {
  const found = /(?:^|[^a-z\d.])(\d+(?:\.\d+)?)([mb])(?![a-z\d])/i.exec(model);
  return found ? Number(found[1]) * (found[2]?.toLowerCase() === 'm' ? 1e6 : 1e9) : null;
}
