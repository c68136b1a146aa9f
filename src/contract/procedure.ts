import { RequestType } from 'vscode-jsonrpc';
import { z } from 'zod';

/**
 * Every request has a zod schema for both directions. `call()` on the asking side and `answer()` on the answering
 * side parse with them, so an invalid message is logged and refused at the boundary, never deep inside.
 * Types are vscode-jsonrpc's; the same ones serve webview ↔ extension and extension ↔ server.
 */
export interface Procedure<P, R> {
  readonly method: string;
  readonly type: RequestType<P, R, RpcErrorData>;
  readonly params: z.ZodType<P>;
  readonly result: z.ZodType<R>;
  /** The answer waits for a person (a consent, a file dialog) or for work that takes its time: nobody sets it a limit. */
  readonly unhurried: boolean;
}
/** To be given to `procedure` as its last parameter. */
export const UNHURRIED = { unhurried: true } as const;

/** What an error carries over the wire: what happened, to what, what to do. */
export interface RpcErrorData {
  code: string;
  hint?: string;
}

/** Declares one request with the schemas of both directions. */
export function procedure<P, R>(
  method: string,
  params: z.ZodType<P>,
  result: z.ZodType<R>,
  { unhurried }: { unhurried: boolean } = { unhurried: false },
): Procedure<P, R> {
  return { method, type: new RequestType<P, R, RpcErrorData>(method), params, result, unhurried };
}

export const Nothing = z.null();

/** Which project a request is about: its folder. */
export const ProjectRef = z.object({ project: z.string() });

/** Keys by origin, as the editor's SecretStorage holds them: handed on to the job's stdin, never stored. */
export const Keys = z.record(z.string(), z.string());
