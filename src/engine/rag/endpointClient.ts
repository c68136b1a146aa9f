import { setTimeout as delay } from 'node:timers/promises';
import {
  type EndpointResolution,
  hasConsent,
  isLoopback,
  loadRegistry,
  originOf,
  type ResolvedEndpoint,
  resolveEndpoint,
} from '../llm/index.ts';
import { faultOf, type WireResult } from '../llm/transport.ts';
import { judge } from '../llm/verdict.ts';
import { RetrievalProblem } from './problem.ts';

export interface EndpointWish {
  /** Id in the user's registry. */
  endpoint: string;
  model?: string | undefined;
  /** By origin. */
  keys: Readonly<Record<string, string>>;
  /** What goes there, for the refusal: "the text of all chunks". */
  sends: string;
}

/** How often one request is tried before its fault is the person's to look at. */
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;

/** An answer that will not get better by asking again, and says what it was: too many inputs, too long, wrong model. */
export class RefusedRequest extends RetrievalProblem {
  readonly status: number;
  constructor(status: number, message: string) {
    super('endpoint', message);
    this.status = status;
  }
}

/**
 * JSON posts to one endpoint of the user's registry: its own origin's key only, no redirects, documents only after
 * consent, retries with the server's Retry-After. Close it when done.
 */
export class EndpointClient {
  readonly endpoint: ResolvedEndpoint;
  readonly #agent: import('undici').Dispatcher;
  readonly #fetch: typeof import('undici').fetch;

  private constructor(endpoint: ResolvedEndpoint, undici: typeof import('undici')) {
    this.endpoint = endpoint;
    this.#fetch = undici.fetch;
    this.#agent = endpoint.local
      ? new undici.Agent({ headersTimeout: 0, bodyTimeout: 0, connectTimeout: 10_000 })
      : new undici.EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connectTimeout: 10_000 });
  }

  /** @throws RetrievalProblem `unknown`, `consent`, `key` or `endpoint`, with what to do */
  static async open(wish: EndpointWish): Promise<EndpointClient> {
    const { registry, problems, file } = await loadRegistry();
    const [problem] = problems;
    if (problem) throw new RetrievalProblem('unknown', `${file}, line ${problem.line}: ${problem.message}`);
    const entry = Object.hasOwn(registry.endpoints, wish.endpoint) ? registry.endpoints[wish.endpoint] : undefined;
    // Asked before the endpoint is resolved: resolving may already speak to it.
    if (entry && !isLoopback(entry.base_url) && !hasConsent(registry, originOf(entry.base_url))) {
      const origin = originOf(entry.base_url);
      throw new RetrievalProblem(
        'consent',
        `Nobody has agreed to send ${wish.sends} to ${origin} yet. Start it from the editor, which asks, or with "--send-to ${origin}".`,
      );
    }
    const resolved: EndpointResolution = await resolveEndpoint(wish.endpoint, registry, wish.keys, {
      model: wish.model,
    });
    if (!resolved.ok) {
      const code = resolved.code === 'key' ? 'key' : resolved.code === 'model' ? 'endpoint' : 'unknown';
      throw new RetrievalProblem(code, resolved.message);
    }
    return EndpointClient.of(resolved.endpoint);
  }

  /** For an endpoint that is resolved already (the built-in server). */
  static async of(endpoint: ResolvedEndpoint): Promise<EndpointClient> {
    return new EndpointClient(endpoint, await import('undici'));
  }

  /**
   * Posts to `{base_url}{path}` and gives the parsed JSON of a 200 answer.
   * @throws RefusedRequest for 4xx that no retry mends, RetrievalProblem, AbortError
   */
  async post(path: string, body: object, signal?: AbortSignal): Promise<unknown> {
    return this.postTo(`${this.endpoint.baseUrl}${path}`, body, signal);
  }

  /** As `post`, to another path of the same origin: `/rerank` and `/score` stand beside `/v1` on some servers. */
  async postTo(url: string, body: object, signal?: AbortSignal): Promise<unknown> {
    if (originOf(url) !== this.endpoint.origin) throw new Error(`${url} is not of ${this.endpoint.origin}`);
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const result = await this.#send(url, body, signal);
      signal?.throwIfAborted();
      if (result.kind === 'response' && result.status === 200) {
        const parsed = parse(result.text);
        if (parsed !== undefined) return parsed;
      }
      const wait = this.#retryAfter(url, result, attempt);
      await delay(Math.min(wait ?? FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS), undefined, {
        ...(signal ? { signal } : {}),
      });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Ms that the server asks for, null where it does not say. @throws where asking again is useless or was enough */
  #retryAfter(url: string, result: WireResult, attempt: number): number | null {
    const { id, origin } = this.endpoint;
    const fail = (why: string): never => {
      throw new RetrievalProblem('endpoint', `${url} (endpoint "${id}"): ${why}`);
    };
    if (result.kind === 'response' && result.status === 200) {
      if (attempt >= ATTEMPTS) fail(`answered with something that is not JSON: ${result.text.slice(0, 120)}`);
      return null;
    }
    const verdict = judge(result);
    switch (verdict.kind) {
      case 'stop':
        // 404 is also how a server says that it has no such path, and another may be tried.
        if (result.kind === 'response' && [404, 405].includes(result.status)) {
          throw new RefusedRequest(result.status, `${url}: ${verdict.message}`);
        }
        throw new RetrievalProblem(
          verdict.cause === 'budget' ? 'quota' : verdict.cause,
          `Endpoint "${id}" (${origin}): ${verdict.message}`,
        );
      case 'terminal':
        throw new RefusedRequest(
          verdict.status,
          `Endpoint "${id}" refused a request to ${url} (${verdict.status}): ${verdict.message}`,
        );
      case 'rate_limited':
      case 'transient':
        if (attempt >= ATTEMPTS) fail(`${verdict.message} (tried ${attempt} times)`);
        return verdict.retryAfterMs;
      case 'unreachable':
        if (attempt >= ATTEMPTS / 2)
          fail(`cannot be reached: ${verdict.message}. Start the server, or correct its URL.`);
        return null;
      case 'aborted':
      case 'answer':
        return fail('gave no usable answer');
    }
  }

  async #send(url: string, body: object, signal?: AbortSignal): Promise<WireResult> {
    const { key, timeoutMs } = this.endpoint;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.#fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(key ? { authorization: `Bearer ${key}` } : {}),
        },
        body: JSON.stringify(body),
        redirect: 'manual',
        dispatcher: this.#agent,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      return { kind: 'response', status: response.status, header: (name) => response.headers.get(name), text };
    } catch (error) {
      if (signal?.aborted) return { kind: 'fault', code: 'aborted', message: 'stopped' };
      if (timeout.aborted) return { kind: 'fault', code: 'timeout', message: 'no answer in time' };
      return faultOf(error);
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
