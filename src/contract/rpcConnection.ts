import type { CancellationToken, Disposable, MessageConnection } from 'vscode-jsonrpc';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc';
import { z } from 'zod';
import type { Procedure, RpcErrorData } from './procedure.ts';

/**
 * The one way to ask and answer over a `vscode-jsonrpc` connection, on both hops (webview ↔ extension, extension ↔
 * server). Both ends parse with the procedure's schemas. The connection itself comes from `vscode-jsonrpc/node` or
 * `vscode-jsonrpc/browser`; nothing here depends on which.
 */

/** JSON-RPC code of every error of ours; the reason stands in `data.code`. */
export const FAILED = 1;
/** JSON-RPC code of a cancelled request (as in the language server protocol). */
export const CANCELLED = -32800;

const FailureData = z.object({ code: z.string(), hint: z.string().optional() });

/** What a person is told when a request fails: what happened, the reason's code, what to do. */
export interface Failure {
  code: string;
  message: string;
  hint?: string;
}

/** An error to throw in a handler: arrives at the asking side with its code and hint. */
export function failure(code: string, message: string, hint?: string): ResponseError<RpcErrorData> {
  return new ResponseError<RpcErrorData>(FAILED, message, hint === undefined ? { code } : { code, hint });
}

/** Any thrown value as something to show. Reads our own errors, those of the wire, and engine errors with code and hint. */
export function asFailure(error: unknown): Failure {
  if (error instanceof ResponseError) {
    const data = FailureData.safeParse(error.data);
    if (data.success) return { message: error.message, code: data.data.code, ...hintOf(data.data) };
    if (error.code === CANCELLED) return { code: 'cancelled', message: 'The request was cancelled.' };
    return { code: 'rpc', message: error.message };
  }
  if (error instanceof Error) {
    // `Canceled` is the editor's own: a person dismissed what they were asked.
    if (error.name === 'AbortError' || error.name === 'Canceled')
      return { code: 'cancelled', message: 'The request was cancelled.' };
    const data = FailureData.safeParse(error);
    if (data.success) return { message: error.message, code: data.data.code, ...hintOf(data.data) };
    // The editor's own failures are sentences for a person: what happened, and in `hint` what to do.
    if (error.name === 'Failure') return { code: 'failed', message: error.message, ...hintOf(ownHint(error)) };
    return { code: 'internal', message: error.message };
  }
  return { code: 'internal', message: String(error) };
}

/** An abort signal that follows a cancellation token, for everything that speaks `AbortSignal`. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** A procedure without a result may be answered with nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is the return type of a handler
export type Answer<R> = [R] extends [null] ? null | undefined | void : R;
export type Handler<P, R> = (params: P, token: CancellationToken) => Answer<R> | Promise<Answer<R>>;

/**
 * Answers `procedure` with `handler`. Invalid parameters are refused before the handler, an invalid result is an
 * `internal` error of this side; whatever is thrown becomes an error with code and hint.
 */
export function answer<P, R>(
  connection: MessageConnection,
  procedure: Procedure<P, R>,
  handler: Handler<P, R>,
  log?: (message: string) => void,
): Disposable {
  return connection.onRequest(procedure.method, async (...received: unknown[]): Promise<unknown> => {
    const [raw, token] = splitToken(received);
    const params = procedure.params.safeParse(raw ?? null);
    if (!params.success) {
      log?.(`${procedure.method}: invalid parameters refused: ${z.prettifyError(params.error)}`);
      return new ResponseError<RpcErrorData>(ErrorCodes.InvalidParams, `${procedure.method}: invalid parameters`, {
        code: 'invalid_params',
        hint: z.prettifyError(params.error),
      });
    }
    try {
      const result = procedure.result.safeParse((await handler(params.data, token)) ?? null);
      if (token.isCancellationRequested) return new ResponseError(CANCELLED, 'cancelled');
      if (result.success) return result.data;
      log?.(`${procedure.method}: invalid result dropped: ${z.prettifyError(result.error)}`);
      return failure('internal', `${procedure.method}: the answer does not have the agreed shape`);
    } catch (error) {
      if (token.isCancellationRequested) return new ResponseError(CANCELLED, 'cancelled');
      const { code, message, hint } = asFailure(error);
      if (code === 'internal') log?.(`${procedure.method}: ${error instanceof Error ? error.stack : message}`);
      return failure(code, message, hint);
    }
  });
}

/**
 * Asks the other side and parses its answer.
 * @throws ResponseError, to be read with `asFailure`: the other side's error, `invalid_result`, or cancellation.
 */
export async function ask<P, R>(
  connection: MessageConnection,
  procedure: Procedure<P, R>,
  params: P,
  token?: CancellationToken,
): Promise<R> {
  // A null parameter still travels (as `[null]`), so that the other side sees one parameter.
  const raw: unknown = token
    ? await connection.sendRequest(procedure.method, params ?? null, token)
    : await connection.sendRequest(procedure.method, params ?? null);
  const result = procedure.result.safeParse(raw ?? null);
  if (result.success) return result.data;
  throw failure(
    'invalid_result',
    `${procedure.method}: the answer does not have the agreed shape`,
    `${z.prettifyError(result.error)}. Reload the window; if it happens again, both sides are not of one version.`,
  );
}

/** Logs and drops what nobody handles; an unknown request is answered with an error, never with silence. */
export function refuseUnknown(connection: MessageConnection, log: (message: string) => void): Disposable {
  const parts = [
    connection.onRequest((method: string) => {
      log(`unknown request refused: ${method}`);
      return new ResponseError<RpcErrorData>(ErrorCodes.MethodNotFound, `unknown request ${method}`, {
        code: 'unknown_request',
      });
    }),
    connection.onNotification((method: string) => log(`unknown message dropped: ${method}`)),
    connection.onError(([error]) => log(`connection: ${error.message}`)),
  ];
  return {
    dispose() {
      for (const part of parts) part.dispose();
    },
  };
}

function ownHint(error: Error): { hint?: string } {
  return 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {};
}

function hintOf(data: { hint?: string | undefined }): { hint?: string } {
  return data.hint === undefined ? {} : { hint: data.hint };
}

/** vscode-jsonrpc puts the cancellation token last, behind as many parameters as arrived. */
function splitToken(received: unknown[]): [params: unknown, token: CancellationToken] {
  const token = received.at(-1);
  return [received.length > 1 ? received[0] : undefined, isToken(token) ? token : NEVER_CANCELLED];
}

function isToken(value: unknown): value is CancellationToken {
  return typeof value === 'object' && value !== null && 'isCancellationRequested' in value;
}

const NEVER_CANCELLED: CancellationToken = {
  isCancellationRequested: false,
  onCancellationRequested: () => ({ dispose() {} }),
};
