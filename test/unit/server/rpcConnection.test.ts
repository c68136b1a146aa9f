import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { Server } from '../../../src/contract/rpc.ts';
import { answer, asFailure, ask, failure, refuseUnknown, signalOf } from '../../../src/contract/rpcConnection.ts';

const open: MessageConnection[] = [];
function pair(): { client: MessageConnection; server: MessageConnection } {
  const there = new PassThrough();
  const back = new PassThrough();
  const client = createMessageConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
  const server = createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
  open.push(client, server);
  return { client, server };
}
afterEach(() => {
  for (const connection of open.splice(0)) connection.dispose();
});
const listen = (...connections: MessageConnection[]) => {
  for (const connection of connections) connection.listen();
};
const rejected = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('expected an error');
    },
    (error: unknown) => asFailure(error),
  );

describe('a procedure over a connection', () => {
  it('carries parameters and result, and null both ways', async () => {
    const { client, server } = pair();
    answer(server, Server.stopJob, async ({ run }) => {
      expect(run).toBe('r1');
    });
    answer(server, Server.detectServers, () => ({ servers: [{ name: 'ollama', base_url: 'http://x', models: [] }] }));
    listen(client, server);
    expect(await ask(client, Server.stopJob, { project: '/p', run: 'r1' })).toBeNull();
    expect((await ask(client, Server.detectServers, null)).servers).toHaveLength(1);
  });

  it('refuses parameters of the wrong shape before the handler sees them, and says which', async () => {
    const { client, server } = pair();
    const logged: string[] = [];
    let handled = 0;
    answer(
      server,
      Server.stopJob,
      () => {
        handled++;
      },
      (message) => logged.push(message),
    );
    listen(client, server);
    const error = await rejected(client.sendRequest(Server.stopJob.method, { project: 1 }));
    expect(error.code).toBe('invalid_params');
    expect(error.hint).toContain('run');
    expect(handled).toBe(0);
    expect(logged).toHaveLength(1);
  });

  it('refuses an answer of the wrong shape on the asking side', async () => {
    const { client, server } = pair();
    server.onRequest(Server.detectServers.method, () => ({ servers: 'none' }));
    listen(client, server);
    expect((await rejected(ask(client, Server.detectServers, null))).code).toBe('invalid_result');
  });

  it('brings code, message and hint of an error across', async () => {
    const { client, server } = pair();
    answer(server, Server.stopJob, () => {
      throw failure('unavailable', 'LanceDB has no binary', 'Use a remote window.');
    });
    answer(server, Server.removeJob, () => {
      throw Object.assign(new Error('torn'), { code: 'torn', hint: 'run repair' });
    });
    listen(client, server);
    expect(await rejected(ask(client, Server.stopJob, { project: '/p', run: 'r' }))).toEqual({
      code: 'unavailable',
      message: 'LanceDB has no binary',
      hint: 'Use a remote window.',
    });
    expect(await rejected(ask(client, Server.removeJob, { project: '/p', run: 'r' }))).toEqual({
      code: 'torn',
      message: 'torn',
      hint: 'run repair',
    });
  });

  it('cancels the handler when the asking side cancels', async () => {
    const { client, server } = pair();
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    let aborted = false;
    answer(server, Server.detectServers, async (_params, token) => {
      const signal = signalOf(token);
      start();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted = true;
      return { servers: [] };
    });
    listen(client, server);
    const source = new CancellationTokenSource();
    const asked = rejected(ask(client, Server.detectServers, null, source.token));
    await started;
    source.cancel();
    expect((await asked).code).toBe('cancelled');
    expect(aborted).toBe(true);
  });

  it('calls cancelled what a person dismissed in the editor: a page shows no error for it', async () => {
    const { client, server } = pair();
    const logged: string[] = [];
    answer(
      server,
      Server.stopJob,
      () => {
        // As `vscode.CancellationError` is made.
        throw Object.assign(new Error('Canceled'), { name: 'Canceled' });
      },
      (message) => logged.push(message),
    );
    listen(client, server);
    expect((await rejected(ask(client, Server.stopJob, { project: '/p', run: 'r' }))).code).toBe('cancelled');
    expect(logged).toEqual([]);
  });

  it('answers an unknown request with an error and drops an unknown message, both logged', async () => {
    const { client, server } = pair();
    const logged: string[] = [];
    refuseUnknown(server, (message) => logged.push(message));
    listen(client, server);
    await client.sendNotification('nobody/listens', { a: 1 });
    expect((await rejected(client.sendRequest('nobody/answers', {}))).code).toBe('unknown_request');
    expect(logged).toEqual(['unknown message dropped: nobody/listens', 'unknown request refused: nobody/answers']);
  });
});
