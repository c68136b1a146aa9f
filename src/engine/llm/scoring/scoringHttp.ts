import { proxiedAgent } from '../proxiedAgent.ts';
import { faultOf, type WireResult } from '../transport.ts';
import type { ResolvedEndpoint } from '../types.ts';

/** POSTs JSON to paths of one endpoint, for what is no chat: proxies honoured, redirects never followed. */
export interface ScoringHttp {
  /** @param path under the base URL (`/completions`), or beside its `/v1` (`beside: true`) as vLLM's `/tokenize` */
  post(path: string, body: object, options: { id: string; signal: AbortSignal; beside?: boolean }): Promise<WireResult>;
  close(): Promise<void>;
}

export async function scoringHttp(endpoint: ResolvedEndpoint): Promise<ScoringHttp> {
  const undici = await import('undici');
  const agent = await proxiedAgent(endpoint.maxConcurrency);
  const base = endpoint.baseUrl.replace(/\/+$/, '');
  const authorization = endpoint.key ? { authorization: `Bearer ${endpoint.key}` } : {};
  return {
    async post(path, body, { id, signal, beside }) {
      try {
        const response = await undici.fetch(`${beside ? base.replace(/\/v1$/, '') : base}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-client-request-id': id, ...authorization },
          body: JSON.stringify(body),
          redirect: 'manual',
          dispatcher: agent,
          signal,
        });
        const text = await response.text();
        return { kind: 'response', status: response.status, header: (name) => response.headers.get(name), text };
      } catch (error) {
        if (signal.aborted) {
          const late = signal.reason === 'timeout' || signal.reason?.name === 'TimeoutError';
          return { kind: 'fault', code: late ? 'timeout' : 'aborted', message: late ? 'no answer in time' : 'stopped' };
        }
        return faultOf(error);
      }
    },
    close: () => agent.destroy(),
  };
}
