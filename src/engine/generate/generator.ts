import { basename } from 'node:path';
import type { EndpointRegistry } from '../../contract/endpoints.ts';
import type { PauseCause } from '../../contract/events.ts';
import { acquireBuiltin, type SetUpProgress } from '../llm/builtin/index.ts';
import {
  hasConsent,
  isLoopback,
  loadRegistry,
  originOf,
  type ResolvedEndpoint,
  resolveEndpoint,
} from '../llm/index.ts';
import { formatProblem, type Project } from '../project/index.ts';
import type { Profile } from '../synth/registry.ts';

/** File name of the built-in model without its extension: what its server answers to. */
const BUILTIN_MODEL = 'SmolLM2-135M-Instruct.Q4_1';

/** What is known of the generator before anything is started or asked. */
export interface GeneratorDescription {
  profile: Profile;
  /** Samples come from a model too small for data worth training on; every view says so. */
  toy: boolean;
  /** Model name that goes into request ids; undefined: only the server can tell. */
  model: string | undefined;
  endpoints: {
    id: string;
    /** Undefined for the built-in model and for ids the registry does not know. */
    origin: string | undefined;
    local: boolean;
    known: boolean;
    needsKey: boolean;
    consented: boolean;
    price: { input: number; output: number } | undefined;
  }[];
}

export interface Generator {
  profile: Profile;
  toy: boolean;
  endpoints: ResolvedEndpoint[];
  /** Says that this user of a started model is done. */
  release(): Promise<void>;
}

export type GeneratorResult =
  | { ok: true; generator: Generator }
  | { ok: false; cause: PauseCause | 'configuration'; message: string };

/** Endpoints as `smt.yaml` names them and the user's registry knows them. Nothing is started or asked. */
export function describeGenerator(project: Project, registry: EndpointRegistry): GeneratorDescription {
  const { endpoints: ids, model: wanted } = project.config.generator;
  const endpoints = ids.map((id) => {
    const entry = Object.hasOwn(registry.endpoints, id) ? registry.endpoints[id] : undefined;
    const origin = entry ? originOf(entry.base_url) : undefined;
    const local = id === 'builtin' || (entry !== undefined && isLoopback(entry.base_url));
    return {
      id,
      origin,
      local,
      known: id === 'builtin' || entry !== undefined,
      needsKey: entry?.key_env !== undefined,
      consented: local || (origin !== undefined && hasConsent(registry, origin)),
      price: id === 'builtin' ? { input: 0, output: 0 } : entry?.price,
    };
  });
  const small = ids.some((id) => isSmallEndpoint(id, registry));
  const profile = profileOf(project, small);
  const first = ids[0] ?? 'builtin';
  const builtinModel = registry.builtin?.gguf ? basename(registry.builtin.gguf).replace(/\.gguf$/i, '') : BUILTIN_MODEL;
  const model = first === 'builtin' ? builtinModel : (wanted ?? registry.endpoints[first]?.model);
  return { profile, toy: small, model, endpoints };
}

/**
 * Endpoints ready to be called: the built-in model set up and started if it is named, keys matched to origins, consent
 * for every origin that is not this machine. All endpoints must serve the same model, as it is part of request ids.
 */
export async function openGenerator(
  project: Project,
  keys: Readonly<Record<string, string>>,
  options: {
    signal?: AbortSignal;
    onSetUp?: (progress: SetUpProgress) => void;
    onLost?: (message: string) => void;
  } = {},
): Promise<GeneratorResult> {
  const { registry, problems, file } = await loadRegistry();
  if (problems.length > 0) {
    return { ok: false, cause: 'configuration', message: problems.map(formatProblem).join('\n') };
  }
  const described = describeGenerator(project, registry);
  const refused = described.endpoints.find(({ consented, origin }) => !consented && origin !== undefined);
  if (refused) {
    return {
      ok: false,
      cause: 'configuration',
      message: `Documents would go to ${refused.origin} (endpoint "${refused.id}"), which nobody has agreed to yet. Agree in the editor, or run "smt generate --send-to ${refused.origin}".`,
    };
  }
  const endpoints: ResolvedEndpoint[] = [];
  let release = async (): Promise<void> => {};
  let small = described.toy;
  for (const id of project.config.generator.endpoints) {
    if (id === 'builtin') {
      const builtin = await acquireBuiltin({
        registry,
        ...(options.signal ? { signal: options.signal } : {}),
        ...(options.onSetUp ? { onProgress: options.onSetUp } : {}),
        onLost: (problem) => options.onLost?.(problem.message),
      });
      endpoints.push(builtin.endpoint);
      release = () => builtin.release();
      small = builtin.small;
      continue;
    }
    const resolved = await resolveEndpoint(id, registry, keys, { model: project.config.generator.model });
    if (!resolved.ok) {
      await release();
      const cause = resolved.code === 'key' ? 'key' : resolved.code === 'model' ? 'endpoint' : 'configuration';
      return { ok: false, cause, message: `${resolved.message}${resolved.code === 'unknown' ? ` (${file})` : ''}` };
    }
    endpoints.push(resolved.endpoint);
  }
  const models = new Set(endpoints.map((endpoint) => endpoint.model));
  if (models.size > 1) {
    await release();
    const named = endpoints.map((endpoint) => `${endpoint.id}: ${endpoint.model}`).join(', ');
    return {
      ok: false,
      cause: 'configuration',
      message: `Endpoints of one project must serve the same model (${named}). Set generator.model, or name one endpoint.`,
    };
  }
  return { ok: true, generator: { profile: profileOf(project, small), toy: small, endpoints, release } };
}

function isSmallEndpoint(id: string, registry: EndpointRegistry): boolean {
  if (id !== 'builtin') return registry.endpoints[id]?.small ?? false;
  return registry.builtin?.small ?? registry.builtin?.gguf === undefined;
}

function profileOf(project: Project, small: boolean): Profile {
  const { profile } = project.config.generator;
  return profile === 'auto' ? (small ? 'small' : 'standard') : profile;
}
