import { poolTransport } from './poolTransport.ts';
import { sdkTransport } from './sdkTransport.ts';
import type { Transport } from './transport.ts';
import type { ResolvedEndpoint } from './types.ts';

export type HttpPath = 'auto' | 'sdk' | 'pool';

/** Above this many requests in flight the SDK's CPU (≈ 0.5 ms a request) would be the limit. */
const SDK_MOST = 256;

/** The lean path for this machine and for high rates, the SDK elsewhere and wherever a proxy is set. */
export function chooseTransport(endpoint: ResolvedEndpoint, path: HttpPath): Promise<Transport> {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = process.env;
  const proxied = !endpoint.local && Boolean(HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy);
  const lean =
    path === 'pool' || (path === 'auto' && !proxied && (endpoint.local || endpoint.maxConcurrency > SDK_MOST));
  return lean ? poolTransport(endpoint) : sdkTransport(endpoint);
}
