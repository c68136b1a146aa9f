import type { EndpointRegistry } from '../../contract/endpoints.ts';
import { listModels } from './models.ts';
import { isLoopback, originOf } from './origin.ts';
import type { ResolvedEndpoint } from './types.ts';

export type EndpointResolution =
  | { ok: true; endpoint: ResolvedEndpoint }
  | { ok: false; code: 'unknown' | 'builtin' | 'key' | 'model'; message: string };

export interface ResolveOptions {
  /** Model to ask for instead of the registry's. */
  model?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
}

const DEFAULT_TIMEOUT_S = 600;
const DEFAULT_CONCURRENCY = { local: 1024, remote: 256 };

/**
 * Makes an endpoint of the user's registry ready to be called. `keys` are by origin (`scheme://host:port`): an
 * endpoint gets the key stored for its own origin, or the variable that its own registry entry names, and no other.
 * Where no model is named the server is asked for its first one. `builtin` is started elsewhere (code `builtin`).
 */
export async function resolveEndpoint(
  id: string,
  registry: EndpointRegistry,
  keys: Readonly<Record<string, string>>,
  options: ResolveOptions = {},
): Promise<EndpointResolution> {
  if (id === 'builtin') {
    return { ok: false, code: 'builtin', message: 'The built-in model is started by its own server.' };
  }
  const entry = Object.hasOwn(registry.endpoints, id) ? registry.endpoints[id] : undefined;
  if (!entry) {
    const known = Object.keys(registry.endpoints);
    const message = `Endpoint "${id}" is not in your endpoints file. ${
      known.length > 0 ? `It has: ${known.join(', ')}.` : 'It has none yet; add one with Manage Endpoints.'
    }`;
    return { ok: false, code: 'unknown', message };
  }
  const origin = originOf(entry.base_url);
  const stored = Object.hasOwn(keys, origin) ? keys[origin] : undefined;
  const key = stored || (entry.key_env ? (options.env ?? process.env)[entry.key_env] : undefined);
  if (entry.key_env && !key) {
    const message = `No key for ${origin}: store one in the editor, or set ${entry.key_env} for the terminal.`;
    return { ok: false, code: 'key', message };
  }
  let model = options.model ?? entry.model;
  if (!model) {
    const answer = await listModels(entry.base_url, key);
    if (!answer.ok && (answer.status === 401 || answer.status === 403)) {
      return { ok: false, code: 'key', message: `${origin}: ${answer.message}` };
    }
    model = answer.ok ? answer.models[0] : undefined;
    if (!model) {
      const why = answer.ok ? 'it lists no model' : answer.message;
      return {
        ok: false,
        code: 'model',
        message: `Which model to ask "${id}" for is not known: ${why} Name one in the endpoints file.`,
      };
    }
  }
  const local = isLoopback(entry.base_url);
  const endpoint: ResolvedEndpoint = {
    id,
    baseUrl: entry.base_url.replace(/\/+$/, ''),
    origin,
    model,
    timeoutMs: (entry.timeout_s ?? DEFAULT_TIMEOUT_S) * 1000,
    maxConcurrency: entry.max_concurrency ?? (local ? DEFAULT_CONCURRENCY.local : DEFAULT_CONCURRENCY.remote),
    local,
    ...(key ? { key } : {}),
    ...(entry.price ? { price: entry.price } : {}),
  };
  return { ok: true, endpoint };
}
