import { type CancellationToken, createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import type { Procedure } from '../src/contract/procedure.ts';
import { ask, refuseUnknown } from '../src/contract/rpcConnection.ts';
import { type MessagePortLike, WebviewMessageReader, WebviewMessageWriter } from '../src/contract/webviewTransport.ts';

/** Asks the extension; rejects with what `asFailure` reads. */
export type Ask = <P, R>(procedure: Procedure<P, R>, params: P, token?: CancellationToken) => Promise<R>;

export interface Asking {
  readonly connection: MessageConnection;
  readonly ask: Ask;
}

/** A request that is not answered for this long is reported, so that nothing spins for ever; an unhurried one is not. */
const TIMEOUT_MS = 60_000;

/** The page's end of the connection to the extension. Listening starts with `connection.listen()`. */
export function connectToEditor(port: MessagePortLike, log: (message: string) => void): Asking {
  const connection = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port), console);
  refuseUnknown(connection, log);
  return {
    connection,
    ask: (procedure, params, token) => {
      const answered = ask(connection, procedure, params, token);
      return procedure.unhurried ? answered : withTimeout(procedure.method, answered);
    },
  };
}

async function withTimeout<R>(method: string, answer: Promise<R>): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The extension did not answer ${method} within ${TIMEOUT_MS / 1000} s.`)),
      TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
