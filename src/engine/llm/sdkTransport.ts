import { proxiedAgent } from './proxiedAgent.ts';
import { faultOf, type Transport, type WireResult } from './transport.ts';
import type { ResolvedEndpoint } from './types.ts';

/**
 * The ordinary path: the `openai` SDK with its retries off (one owner of retries, and 429s must be seen) over
 * undici's fetch, which honours proxy variables. Redirects come back as responses instead of being followed, so that
 * neither the key nor a document leaves the origin.
 */
export async function sdkTransport(endpoint: ResolvedEndpoint): Promise<Transport> {
  const [{ OpenAI, APIError }, undici] = await Promise.all([import('openai'), import('undici')]);
  const agent = await proxiedAgent(endpoint.maxConcurrency);
  const client = new OpenAI({
    baseURL: endpoint.baseUrl,
    apiKey: endpoint.key ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    // The dispatcher owns the deadline; the SDK's would not cover the body.
    timeout: 2 ** 31 - 1,
    logLevel: 'off',
    // The SDK is typed for the platform's fetch; undici's is the same one, of a known version.
    fetch: (url, init) => sameFetch(undici.fetch, url, { ...init, redirect: 'manual', dispatcher: agent }),
    ...(endpoint.key ? {} : { defaultHeaders: { authorization: null } }),
  });
  return {
    send(id, body, done) {
      const controller = new AbortController();
      let broken: 'timeout' | 'aborted' | undefined;
      const exchange = async (): Promise<WireResult> => {
        try {
          const response = await client
            .post('/chat/completions', { body, signal: controller.signal, headers: { 'x-client-request-id': id } })
            .asResponse();
          const text = await response.text();
          return { kind: 'response', status: response.status, header: (name) => response.headers.get(name), text };
        } catch (error) {
          if (broken)
            return { kind: 'fault', code: broken, message: broken === 'timeout' ? 'no answer in time' : 'stopped' };
          if (error instanceof APIError && typeof error.status === 'number') {
            const { status, headers } = error;
            const text = error.error === undefined ? error.message : JSON.stringify({ error: error.error });
            return { kind: 'response', status, header: (name) => headers?.get(name), text };
          }
          return faultOf(error);
        }
      };
      void exchange().then(done);
      return (why) => {
        broken = why;
        controller.abort();
      };
    },
    close: () => agent.destroy(),
  };
}

async function sameFetch(
  fetch: typeof import('undici').fetch,
  url: string | URL | Request,
  init: object,
): Promise<Response> {
  const answer: unknown = await Reflect.apply(fetch, undefined, [url, init]);
  if (!isResponse(answer)) throw new Error('fetch gave no response');
  return answer;
}

function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'text' in value;
}
