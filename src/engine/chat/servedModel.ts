import { z } from 'zod';
import { failure } from '../../contract/rpcConnection.ts';
import { isLoopback } from '../llm/index.ts';
import type { Message, SamplingParams } from '../synth/template/template.ts';

/** An OpenAI-compatible server on this machine, or the near end of a tunnel to one. */
export interface ServedModel {
  base_url: string;
  model: string;
}

export type StreamPart =
  | { kind: 'piece'; text: string }
  /** `cut`: at the most tokens it may have. `tokens`: of the answer, as the server counted them. */
  | { kind: 'end'; cut: boolean; tokens: number | undefined };

/** A long prompt on two cores takes a minute before its first word; a server that says nothing for longer is gone. */
const SILENT_MS = 300_000;

/** What streaming servers send beyond the SDK's types: reasons are read loosely, as vLLM and llama.cpp differ. */
const Models = z.object({
  data: z.array(z.looseObject({ id: z.string(), max_model_len: z.number().int().positive().optional() })),
});

/**
 * The tokens that a served model holds, as vLLM and the worker say in `/v1/models` (`max_model_len`); undefined where
 * the server says nothing.
 */
export async function contextOf(served: ServedModel, signal: AbortSignal): Promise<number | undefined> {
  const client = await clientOf(served);
  const listed = Models.safeParse(await told(served, () => client.get('/models', { signal })));
  if (!listed.success) return undefined;
  const { data } = listed.data;
  return (data.find(({ id }) => id === served.model) ?? data[0])?.max_model_len;
}

/**
 * The answer of a served model, piece by piece as it is written (server-sent events in OpenAI's chunk shape).
 * @param silentMs a server that says nothing for longer is given up
 * @throws failure with what to do; AbortError when `signal` fires
 */
export async function* streamAnswer(
  served: ServedModel,
  messages: readonly Message[],
  params: SamplingParams,
  signal: AbortSignal,
  silentMs = SILENT_MS,
): AsyncGenerator<StreamPart> {
  const client = await clientOf(served);
  const request = new AbortController();
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    request.abort();
  }, silentMs);
  const both = AbortSignal.any([signal, request.signal]);
  let cut = false;
  let tokens: number | undefined;
  try {
    const stream = await told(served, () =>
      client.chat.completions.create(
        {
          model: served.model,
          messages: [...messages],
          ...params,
          stream: true,
          stream_options: { include_usage: true },
        },
        { signal: both },
      ),
    );
    const pieces = stream[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await told(served, () => pieces.next());
      if (done) break;
      timer.refresh();
      tokens = value.usage?.completion_tokens ?? tokens;
      const [choice] = value.choices;
      if (!choice) continue;
      if (choice.finish_reason === 'length') cut = true;
      if (choice.delta.content) yield { kind: 'piece', text: choice.delta.content };
    }
    // The SDK ends a broken-off stream as it ends a whole one.
    if (signal.aborted) throw signal.reason;
    if (silent) throw saidNothing(silentMs);
  } catch (error) {
    // Before the answer begins, the SDK says only that it was broken off.
    throw silent && !signal.aborted ? saidNothing(silentMs) : error;
  } finally {
    clearTimeout(timer);
    // Who looks at no more pieces wants no more written.
    request.abort();
  }
  yield { kind: 'end', cut, tokens };
}

function saidNothing(ms: number) {
  return failure(
    'served_model',
    `The served model said nothing for ${Math.ceil(ms / 60_000)} minutes.`,
    'Stop the serving job and run it again; its log may say why.',
  );
}

/**
 * Only a server on this machine is spoken to (a remote one comes through a tunnel): where the model is served is said
 * by a run directory, which lies in the workspace.
 */
async function clientOf({ base_url }: ServedModel) {
  const { protocol, origin } = new URL(base_url);
  if (protocol !== 'http:' || !isLoopback(base_url))
    throw failure('served_model', `${origin} is not on this machine, so nothing is sent there.`);
  const { OpenAI } = await import('openai');
  return new OpenAI({
    baseURL: base_url,
    apiKey: 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    defaultHeaders: { authorization: null },
    fetch: (url, init) => fetch(url, { ...init, redirect: 'error' }),
  });
}

async function told<T>(served: ServedModel, work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { APIError, APIConnectionError, APIUserAbortError } = await import('openai');
    if (error instanceof APIUserAbortError) throw new DOMException('stopped', 'AbortError');
    if (error instanceof APIError && !(error instanceof APIConnectionError)) {
      const status = typeof error.status === 'number' ? ` with ${error.status}` : '';
      throw failure('served_model', `The served model answered${status}: ${error.message.slice(0, 400)}`);
    }
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw failure(
      'served_model',
      `The served model at ${new URL(served.base_url).origin} does not answer.`,
      'Look at its job: it may have ended. Run it again to go on.',
    );
  }
}
