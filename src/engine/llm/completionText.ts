import type { ChatBody, ChatCompletion, Usage } from '../../contract/chat.ts';
import type { CompletionLine } from '../../contract/completion.ts';
import type { ResolvedEndpoint } from './types.ts';

/** What is read of an answer, chat or not; the log keeps all of it. */
export interface AnswerBody {
  id?: string | undefined;
  usage?: Usage | null | undefined;
  choices: readonly { message?: ChatCompletion['choices'][number]['message'] | undefined }[];
}

export interface AnswerFacts {
  id: string;
  attempt: number;
  endpoint: ResolvedEndpoint;
  ms: number;
  run: string;
  at: number;
  requestId: string | null;
  /** Prompt tokens to assume where the server reports none. */
  estimatedInput: number;
}

/** The log line of an answer: tokens as the server reports them, else an estimate that says so. */
export function answeredLine(body: AnswerBody, facts: AnswerFacts): CompletionLine {
  const { prompt_tokens, completion_tokens } = body.usage ?? {};
  const measured = isCount(prompt_tokens) && isCount(completion_tokens);
  const input = isCount(prompt_tokens) ? prompt_tokens : facts.estimatedInput;
  const output = isCount(completion_tokens) ? completion_tokens : estimateOutput(body);
  const { endpoint } = facts;
  const smt: CompletionLine['smt'] = {
    v: 1,
    attempt: facts.attempt,
    endpoint: endpoint.id,
    ms: facts.ms,
    cost: endpoint.price ? (input * endpoint.price.input + output * endpoint.price.output) / 1e6 : null,
    run: facts.run,
    at: facts.at,
    input_tokens: input,
    output_tokens: output,
  };
  if (!measured) smt.estimated_usage = true;
  return {
    id: typeof body.id === 'string' ? body.id : null,
    custom_id: facts.id,
    response: { status_code: 200, request_id: facts.requestId, body },
    error: null,
    smt,
  };
}

/** The log line of a request that must not be sent again. It costs nothing. */
export function failedLine(
  failure: { status: number; code: string; message: string; body: unknown } | { code: string; message: string },
  facts: AnswerFacts,
): CompletionLine {
  const response =
    'status' in failure ? { status_code: failure.status, request_id: facts.requestId, body: failure.body } : null;
  return {
    id: null,
    custom_id: facts.id,
    response,
    error: { code: failure.code, message: failure.message },
    smt: {
      v: 1,
      attempt: facts.attempt,
      endpoint: facts.endpoint.id,
      ms: facts.ms,
      cost: 0,
      run: facts.run,
      at: facts.at,
      input_tokens: 0,
      output_tokens: 0,
    },
  };
}

/**
 * The line as JSON without serialising the body a second time: the server's own text stands in it where that is one
 * line. Valid JSON cannot hold a raw line break inside a string, so a text without one is safe to embed.
 */
export function lineText(line: CompletionLine, raw: string): string {
  if (!line.response || line.error || raw.includes('\n') || raw.includes('\r')) return JSON.stringify(line);
  const requestId = line.response.request_id === null ? 'null' : JSON.stringify(line.response.request_id);
  const id = line.id === null ? 'null' : JSON.stringify(line.id);
  return `{"id":${id},"custom_id":"${line.custom_id}","response":{"status_code":${line.response.status_code},"request_id":${requestId},"body":${raw}},"error":null,"smt":${JSON.stringify(line.smt)}}`;
}

/** Tokens of a prompt where nothing better is known: four characters a token (English, labelled as an estimate). */
export function estimateInput(body: ChatBody): number {
  let characters = 0;
  for (const message of body.messages) characters += message.content.length;
  return Math.ceil(characters / 4);
}

function estimateOutput(body: AnswerBody): number {
  const message = body.choices[0]?.message;
  const characters =
    (message?.content?.length ?? 0) + (message?.reasoning_content?.length ?? 0) + (message?.reasoning?.length ?? 0);
  return Math.ceil(characters / 4);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
