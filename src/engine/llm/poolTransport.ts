import type { Dispatcher, Pool } from 'undici';
import type { ChatBody } from '../../contract/chat.ts';
import { faultOf, type Transport, type WireResult } from './transport.ts';
import type { ResolvedEndpoint } from './types.ts';

/**
 * The lean path: undici's pool below its promise and stream layers, a tenth of the SDK's CPU a request. For servers
 * on this machine and for high rates. Keeps to the endpoint's origin; redirects come back as responses.
 */
export async function poolTransport(endpoint: ResolvedEndpoint): Promise<Transport> {
  const { Pool } = await import('undici');
  const base = new URL(endpoint.baseUrl);
  const pool = new Pool(endpoint.origin, {
    connections: endpoint.maxConcurrency,
    pipelining: 1,
    // The dispatcher owns the one deadline of a request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 10_000,
    keepAliveTimeout: 30_000,
  });
  const path = `${base.pathname.replace(/\/+$/, '')}/chat/completions`;
  return {
    send: (id, body, done) => send(pool, path, endpoint.key, id, body, done),
    close: () => pool.destroy(),
  };
}

function send(
  pool: Pool,
  path: string,
  key: string | undefined,
  id: string,
  body: ChatBody,
  done: (result: WireResult) => void,
): (why: 'timeout' | 'aborted') => void {
  const exchange = new Exchange(done);
  const headers = ['content-type', 'application/json', 'accept', 'application/json', 'x-client-request-id', id];
  if (key) headers.push('authorization', `Bearer ${key}`);
  pool.dispatch({ path, method: 'POST', headers, body: JSON.stringify(body) }, exchange);
  return (why) => exchange.breakOff(why);
}

class Exchange implements Dispatcher.DispatchHandler {
  #status = 0;
  #headers: Buffer[] = [];
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #broken: 'timeout' | 'aborted' | undefined;
  #done: ((result: WireResult) => void) | undefined;

  constructor(done: (result: WireResult) => void) {
    this.#done = done;
  }

  breakOff(why: 'timeout' | 'aborted'): void {
    this.#broken = why;
    if (this.#abort) this.#abort(new Error(why));
    // Still waiting for a connection: nothing to break, so end it here; onConnect will then refuse.
    else this.#end({ kind: 'fault', code: why, message: why === 'timeout' ? 'no answer in time' : 'stopped' });
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#broken) abort(new Error(this.#broken));
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.#status = status;
    this.#headers = headers;
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#first) this.#first = chunk;
    else if (this.#more) this.#more.push(chunk);
    else this.#more = [this.#first, chunk];
    return true;
  }

  onComplete(): void {
    const body = this.#more ? Buffer.concat(this.#more) : this.#first;
    const headers = this.#headers;
    this.#end({
      kind: 'response',
      status: this.#status,
      header: (name) => headerOf(headers, name),
      text: body ? body.toString() : '',
    });
  }

  onError(error: Error): void {
    const why = this.#broken;
    this.#end(
      why ? { kind: 'fault', code: why, message: why === 'timeout' ? 'no answer in time' : 'stopped' } : faultOf(error),
    );
  }

  #end(result: WireResult): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(result);
  }
}

function headerOf(raw: Buffer[], name: string): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toString('latin1').toLowerCase() === name) return raw[at + 1]?.toString('latin1');
  }
  return undefined;
}
