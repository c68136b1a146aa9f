import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EndpointRegistry } from '../../../contract/endpoints.ts';
import { JobSpec } from '../../../contract/events.ts';
import { type ModelRef, modelRef } from '../../../contract/model.ts';
import { hasConsent, isLoopback, originOf } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import { parametersOfName } from '../../train/studentWeights.ts';

/** The student that the built-in server also serves, so that `base` needs no Python environment for written answers. */
const BUILTIN_STUDENT = 'HuggingFaceTB/SmolLM2-135M-Instruct';
/** File name of the built-in model without its extension: what its server answers to. */
const BUILTIN_MODEL = 'SmolLM2-135M-Instruct.Q4_1';
const SMALL_BELOW_PARAMETERS = 3e9;

/** What is known of a model before anything is started or asked. */
export interface ModelDescription {
  /** As written: `base`, `RUN[@STEP]`, `endpoint:ID[/MODEL]`. */
  name: string;
  ref: ModelRef;
  /** `worker`: transformers on the weights, here; otherwise an endpoint's id (`builtin` among them). */
  answeredBy: { kind: 'worker' } | { kind: 'endpoint'; id: string; model: string | undefined };
  /** Below 3B parameters: the `short` preset, and every view calls it a toy. */
  small: boolean;
  origin: string | undefined;
  local: boolean;
  known: boolean;
  consented: boolean;
  price: { input: number; output: number } | undefined;
  contextTokens: number | undefined;
}

export type DescribeOptions = {
  /** Every cell through the worker. */
  worker: boolean;
  /** Likelihoods are asked for: `base` then needs the worker too. */
  likelihood: boolean;
};

/**
 * Who answers under each name. All models of a run are described together: where one of them needs the worker, `base`
 * goes through it as well, since only cells of one engine and dtype are compared (design §4).
 */
export async function describeModels(
  project: Project,
  registry: EndpointRegistry,
  names: readonly string[],
  { worker, likelihood }: DescribeOptions,
): Promise<ModelDescription[]> {
  const refs = names.map((name) => ({ name, ref: modelRef(name) }));
  const needsWorker = worker || likelihood || refs.some(({ ref }) => ref.kind === 'checkpoint');
  const student = project.config.student.model;
  const builtinIsStudent =
    student === BUILTIN_STUDENT &&
    registry.builtin?.gguf === undefined &&
    project.config.training.weights.path === undefined;
  const described: ModelDescription[] = [];
  for (const { name, ref } of refs) {
    if (ref.kind === 'endpoint') described.push(endpointOf(name, ref, registry));
    else if (ref.kind === 'base' && !needsWorker && builtinIsStudent)
      described.push({ ...endpointOf(name, { kind: 'endpoint', endpoint: 'builtin' }, registry), ref });
    else {
      const model = ref.kind === 'base' ? student : await trainedModel(project, ref.run);
      described.push({
        name,
        ref,
        answeredBy: { kind: 'worker' },
        small: isSmallName(model ?? student),
        origin: undefined,
        local: true,
        known: model !== undefined,
        consented: true,
        price: { input: 0, output: 0 },
        contextTokens: undefined,
      });
    }
  }
  return described;
}

function endpointOf(
  name: string,
  ref: Extract<ModelRef, { kind: 'endpoint' }>,
  registry: EndpointRegistry,
): ModelDescription {
  const { endpoint: id } = ref;
  if (id === 'builtin') {
    const { gguf, small, context_tokens } = registry.builtin ?? {};
    return {
      name,
      ref,
      answeredBy: { kind: 'endpoint', id, model: gguf ? basename(gguf).replace(/\.gguf$/i, '') : BUILTIN_MODEL },
      small: small ?? gguf === undefined,
      origin: undefined,
      local: true,
      known: true,
      consented: true,
      price: { input: 0, output: 0 },
      contextTokens: context_tokens,
    };
  }
  const entry = Object.hasOwn(registry.endpoints, id) ? registry.endpoints[id] : undefined;
  const origin = entry ? originOf(entry.base_url) : undefined;
  const local = entry !== undefined && isLoopback(entry.base_url);
  return {
    name,
    ref,
    answeredBy: { kind: 'endpoint', id, model: ref.model ?? entry?.model },
    small: entry?.small ?? false,
    origin,
    local,
    known: entry !== undefined,
    consented: local || (origin !== undefined && hasConsent(registry, origin)),
    price: entry?.price,
    contextTokens: entry?.context_tokens,
  };
}

/** The student of a training run; undefined where there is no such run. */
async function trainedModel(project: Project, run: string): Promise<string | undefined> {
  try {
    const spec = JobSpec.parse(JSON.parse(await readFile(join(project.paths.runs, run, 'spec.json'), 'utf8')));
    return spec.kind === 'train' ? spec.params.model : undefined;
  } catch {
    return undefined;
  }
}

/** By the size in a model's name. Without one it is taken for large. */
export function isSmallName(model: string): boolean {
  const parameters = parametersOfName(model);
  return parameters !== null && parameters < SMALL_BELOW_PARAMETERS;
}
