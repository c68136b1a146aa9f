import type { ChatBody } from '../../contract/chat.ts';
import type { HeaderReader } from './retryAfter.ts';

/** What came over the wire for one request, before anyone judges it. */
export type WireResult =
  | { kind: 'response'; status: number; header: HeaderReader; text: string }
  | { kind: 'fault'; code: WireFault; message: string };

export type WireFault =
  /** No connection was made: the request never reached a server. */
  | 'unreachable'
  /** The connection broke before the answer was whole. */
  | 'reset'
  | 'timeout'
  | 'aborted';

/** Sends requests to one endpoint. Never retries, never follows a redirect. */
export interface Transport {
  /** Calls `done` exactly once, never before `send` has returned. Gives a function that breaks the request off. */
  send(id: string, body: ChatBody, done: (result: WireResult) => void): (why: 'timeout' | 'aborted') => void;
  close(): Promise<void>;
}

const NEVER_REACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const TIMED_OUT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Names a transport error by what it means for the request: causes are followed, messages kept. */
export function faultOf(error: unknown): WireResult & { kind: 'fault' } {
  const codes: string[] = [];
  let message = '';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') codes.push(at.code);
    if (at instanceof AggregateError) {
      for (const inner of at.errors) if (inner instanceof Error && 'code' in inner) codes.push(String(inner.code));
    }
    if (at.message) message = at.message;
  }
  const code = codes.at(-1);
  const text = message || code || 'connection failed';
  if (codes.some((known) => NEVER_REACHED.has(known))) return { kind: 'fault', code: 'unreachable', message: text };
  if (codes.some((known) => TIMED_OUT.has(known))) return { kind: 'fault', code: 'timeout', message: text };
  return { kind: 'fault', code: 'reset', message: text };
}
