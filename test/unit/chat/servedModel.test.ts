import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asFailure } from '../../../src/contract/rpcConnection.ts';
import { contextOf, type StreamPart, streamAnswer } from '../../../src/engine/chat/index.ts';
import { type StreamingServer, streamingServer } from '../../fixtures/streamingServer.ts';

const messages = [{ role: 'user' as const, content: 'When?' }];
const params = { temperature: 0.7, max_tokens: 32 };
let server: StreamingServer;
beforeEach(async () => {
  server = await streamingServer(2048);
});
afterEach(() => server.close());

const never = new AbortController().signal;
const answers = (signal = never) => streamAnswer({ base_url: server.url, model: 'm' }, messages, params, signal);
const rest = async (stream: AsyncIterable<StreamPart>) => {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
};
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => asFailure(error),
  );

describe('an answer that is streamed', () => {
  it('arrives piece by piece, before the server has finished', async () => {
    const stream = answers();
    const first = stream.next();
    const answering = await server.next();
    expect(answering.body).toMatchObject({
      model: 'm',
      messages,
      max_tokens: 32,
      stream_options: { include_usage: true },
    });
    answering.piece('In ');
    expect((await first).value).toEqual({ kind: 'piece', text: 'In ' });
    answering.piece('1871.');
    answering.end('stop', 7);
    expect(await rest(stream)).toEqual([
      { kind: 'piece', text: '1871.' },
      { kind: 'end', cut: false, tokens: 7 },
    ]);
  });

  it('says that it was cut, and knows no tokens where the server counts none', async () => {
    const parts = rest(answers());
    const answering = await server.next();
    answering.piece('In');
    answering.end('length');
    expect((await parts).at(-1)).toEqual({ kind: 'end', cut: true, tokens: undefined });
  });

  it('ends when it is stopped, and the server hears of it', async () => {
    const stop = new AbortController();
    const parts = rest(answers(stop.signal));
    const answering = await server.next();
    answering.piece('In ');
    stop.abort();
    await expect(parts).rejects.toMatchObject({ name: 'AbortError' });
    await answering.left;
  });

  it('is given up where the server takes the question and says nothing: no stop of a person', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address();
    const base_url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`;
    const stream = streamAnswer({ base_url, model: 'm' }, messages, params, never, 200);
    expect(await failureOf(rest(stream))).toMatchObject({
      message: expect.stringContaining('said nothing'),
      hint: expect.stringContaining('job'),
    });
    mute.closeAllConnections();
    mute.close();
  });

  it('is left by who looks at no more pieces, and the server hears of it', async () => {
    const stream = answers();
    const first = stream.next();
    const answering = await server.next();
    answering.piece('In ');
    await first;
    await stream.return(undefined);
    await answering.left;
  });

  it('fails with the server’s own words: refused, broken off, an error on the way', async () => {
    server.refuse(400, '3000 prompt tokens do not fit a context of 2048');
    expect((await failureOf(rest(answers()))).message).toMatch(/400.*3000 prompt tokens do not fit/);
    const broken = failureOf(rest(answers()));
    (await server.next()).breakOff();
    expect(await broken).toMatchObject({ code: 'served_model', hint: expect.stringContaining('job') });
    const spoilt = failureOf(rest(answers()));
    const answering = await server.next();
    answering.piece('In');
    answering.event({ error: { message: 'RuntimeError: out of memory', type: 'failed', code: 'failed' } });
    expect((await spoilt).message).toContain('out of memory');
  });

  it('is asked of this machine only, and follows no redirect', async () => {
    const elsewhere = { base_url: 'http://models.example.org/v1', model: 'm' };
    expect((await failureOf(rest(streamAnswer(elsewhere, messages, params, never)))).message).toContain(
      'nothing is sent',
    );
    const tempting = createServer((_, response) =>
      response.writeHead(307, { location: `${server.url}/chat/completions` }).end(),
    );
    await new Promise<void>((listening) => tempting.listen(0, '127.0.0.1', listening));
    const address = tempting.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const redirected = { base_url: `http://127.0.0.1:${port}/v1`, model: 'm' };
    expect(await failureOf(rest(streamAnswer(redirected, messages, params, never)))).toMatchObject({
      code: 'served_model',
    });
    tempting.close();
  });
});

it('the context is what the server says, and unknown where it says nothing', async () => {
  expect(await contextOf({ base_url: server.url, model: 'm' }, never)).toBe(2048);
  const silent = await streamingServer();
  expect(await contextOf({ base_url: silent.url, model: 'm' }, never)).toBeUndefined();
  silent.close();
});
