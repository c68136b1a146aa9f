import type { Dispatcher } from 'undici';

/**
 * Connections to an endpoint that honour proxy variables, one request at a time on each. Whoever sends owns the deadline of a
 * request, so undici's own limits on head and body are off.
 *
 * @param connections at the most, to one origin
 */
export async function proxiedAgent(connections: number): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
  return new EnvHttpProxyAgent({
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 10_000,
  });
}
