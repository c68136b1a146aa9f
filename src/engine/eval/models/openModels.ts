import type { EndpointRegistry } from '../../../contract/endpoints.ts';
import type { PauseCause } from '../../../contract/events.ts';
import { acquireBuiltin, type BuiltinEndpoint, BuiltinProblem, type SetUpProgress } from '../../llm/builtin/index.ts';
import { type ResolvedEndpoint, resolveEndpoint, type ScoringAbility } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import type { ModelDescription } from './modelDescription.ts';
import { locateWeights } from './weights.ts';

/** A model ready to answer. */
export interface AnsweringModel {
  /** `CellKey.model`: `base`, a training run, `endpoint:ID/MODEL`. */
  name: string;
  engine: string;
  dtype: string;
  /** Model name of requests and their ids. */
  model: string;
  small: boolean;
  /** Context window, where it is known. */
  contextTokens: number | undefined;
  via:
    | { kind: 'endpoint'; endpoint: ResolvedEndpoint; scoring?: ScoringAbility }
    | { kind: 'worker'; weights: string; target?: string };
}

export type ModelsResult =
  | { ok: true; models: AnsweringModel[]; release(): Promise<void> }
  | { ok: false; cause: PauseCause | 'configuration'; message: string };

export interface OpenModelsOptions {
  registry: EndpointRegistry;
  keys: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  onSetUp?: (progress: SetUpProgress) => void;
  onLost?: (message: string) => void;
}

/**
 * Makes every described model ready: endpoints resolved with their own keys, the built-in server started, weights found.
 * What was started is released where not all of them can be.
 */
export async function openModels(
  project: Project,
  described: readonly ModelDescription[],
  options: OpenModelsOptions,
): Promise<ModelsResult> {
  const started: Started = { builtin: undefined };
  const release = async () => started.builtin?.release();
  try {
    const opened = await openEach(project, described, options, started);
    if (opened.ok) return { ...opened, release };
    await release();
    return opened;
  } catch (error) {
    await release();
    throw error;
  }
}

interface Started {
  builtin: BuiltinEndpoint | undefined;
}

type Refused = Extract<ModelsResult, { ok: false }>;

async function openEach(
  project: Project,
  described: readonly ModelDescription[],
  options: OpenModelsOptions,
  started: Started,
): Promise<{ ok: true; models: AnsweringModel[] } | Refused> {
  const { registry, keys } = options;
  const refuse = (cause: Refused['cause'], message: string): Refused => ({ ok: false, cause, message });
  const models: AnsweringModel[] = [];
  for (const description of described) {
    const { name, answeredBy, origin, consented, contextTokens, small } = description;
    if (origin !== undefined && !consented) {
      return refuse(
        'configuration',
        `Questions and passages would go to ${origin} (${name}), which nobody has agreed to yet. Agree in the editor, or run "smt evaluate --send-to ${origin}".`,
      );
    }
    if (answeredBy.kind === 'worker') {
      const weights = await locateWeights(project, description.ref, options);
      if (!weights.ok) return refuse('configuration', weights.message);
      models.push({
        name,
        engine: 'worker:transformers',
        dtype: 'fp32',
        model: name === 'base' ? `base:${project.config.student.model}` : name,
        small,
        contextTokens,
        via: {
          kind: 'worker',
          weights: weights.path,
          ...(weights.target === undefined ? {} : { target: weights.target }),
        },
      });
      continue;
    }
    if (answeredBy.id === 'builtin') {
      try {
        started.builtin ??= await acquireBuiltin({
          registry,
          ...(options.signal ? { signal: options.signal } : {}),
          ...(options.onSetUp ? { onProgress: options.onSetUp } : {}),
          onLost: (problem) => options.onLost?.(problem.message),
        });
      } catch (error) {
        if (error instanceof BuiltinProblem) return refuse('endpoint', error.message);
        throw error;
      }
      const { endpoint, small, contextTokens } = started.builtin;
      models.push({
        name: description.ref.kind === 'base' ? 'base' : `endpoint:builtin/${endpoint.model}`,
        engine: 'builtin',
        dtype: ggufType(endpoint.model),
        model: endpoint.model,
        small,
        contextTokens,
        via: { kind: 'endpoint', endpoint },
      });
      continue;
    }
    const resolved = await resolveEndpoint(answeredBy.id, registry, keys, { model: answeredBy.model });
    if (!resolved.ok) {
      const cause = resolved.code === 'key' ? 'key' : resolved.code === 'model' ? 'endpoint' : 'configuration';
      return refuse(cause, resolved.message);
    }
    const { endpoint } = resolved;
    models.push({
      name: `endpoint:${endpoint.id}/${endpoint.model}`,
      engine: endpoint.id,
      dtype: 'served',
      model: endpoint.model,
      small,
      contextTokens,
      via: { kind: 'endpoint', endpoint },
    });
  }
  return { ok: true, models };
}

/** `SmolLM2-135M-Instruct.Q4_1` → `q4_1`; a name without a quantisation says nothing of it. */
function ggufType(model: string): string {
  return /[.-]((?:I?Q\d\w*|BF16|F16|F32))$/i.exec(model)?.[1]?.toLowerCase() ?? 'gguf';
}
