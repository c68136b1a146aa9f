import type { EndpointClient } from '../endpointClient.ts';
import { RetrievalProblem } from '../problem.ts';
import { inPieces, type Reranker } from './reranker.ts';

/** The instruction Qwen3-Reranker was trained with, and good enough for any chat model. */
const JUDGE =
  'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".';
const TASK = 'Given a question, retrieve passages of the corpus that answer it';
/** OpenAI's and vLLM's most; what is not among them has no weight worth counting. */
const TOP = 20;
const PARALLEL = { local: 8, remote: 16 };

/**
 * P(yes) of "does this passage meet the query?" from the probabilities of the first answer token, relative to yes and
 * no alone. Qwen3-Reranker is asked in its own prompt format through `/completions`, other models through chat.
 */
export function judgeReranker(client: EndpointClient): Reranker {
  const { endpoint } = client;
  const qwen = /qwen3[-_.]?reranker/i.test(endpoint.model);
  const ask = async (question: string, passage: string, signal?: AbortSignal): Promise<number> => {
    const user = `<Instruct>: ${TASK}\n<Query>: ${question}\n<Document>: ${passage}`;
    const base = { model: endpoint.model, max_tokens: 1, temperature: 0 };
    const answer = qwen
      ? await client.post('/completions', { ...base, prompt: qwenPrompt(user), logprobs: TOP }, signal)
      : await client.post(
          '/chat/completions',
          {
            ...base,
            messages: [
              { role: 'system', content: JUDGE },
              { role: 'user', content: user },
            ],
            logprobs: true,
            top_logprobs: TOP,
          },
          signal,
        );
    return probabilityOfYes(topLogprobs(answer), endpoint.model);
  };
  return {
    id: `judge/${endpoint.model}`,
    label: `${endpoint.model} (${endpoint.id}, yes/no)`,
    score: (question, passages, signal) =>
      inPieces(
        passages,
        { size: 1, parallel: Math.min(PARALLEL[endpoint.local ? 'local' : 'remote'], endpoint.maxConcurrency) },
        async (piece) => Promise.all(piece.map((passage) => ask(question, passage, signal))),
      ),
    close: () => client.close(),
  };
}

/** A document must not be able to end the turn it stands in. */
function qwenPrompt(user: string): string {
  const inert = user.replace(/<\|([a-z_]+)\|>/gi, '< |$1| >');
  return `<|im_start|>system\n${JUDGE}<|im_end|>\n<|im_start|>user\n${inert}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`;
}

/** P(yes) / (P(yes) + P(no)) over every spelling among the top tokens. @throws RetrievalProblem `malformed` */
export function probabilityOfYes(top: ReadonlyMap<string, number> | undefined, model: string): number {
  let [yes, no] = [0, 0];
  for (const [token, logprob] of top ?? []) {
    const word = token.replace(/[^\p{L}]/gu, '').toLowerCase();
    if (word === 'yes') yes += Math.exp(logprob);
    if (word === 'no') no += Math.exp(logprob);
  }
  if (!top) {
    throw new RetrievalProblem(
      'malformed',
      `${model} answers without token probabilities, which the judge needs. Choose another endpoint, or the reranker "none".`,
    );
  }
  return yes + no === 0 ? 0 : yes / (yes + no);
}

/** Token → log-probability at the first position, from a chat or a completions answer. */
export function topLogprobs(answer: unknown): Map<string, number> | undefined {
  const logprobs = field(first(field(answer, 'choices')), 'logprobs');
  const chat = field(first(field(logprobs, 'content')), 'top_logprobs');
  if (Array.isArray(chat)) {
    const entries: unknown[] = chat;
    return new Map(entries.flatMap((entry) => pair(field(entry, 'token'), field(entry, 'logprob'))));
  }
  const plain = first(field(logprobs, 'top_logprobs'));
  if (typeof plain !== 'object' || plain === null) return undefined;
  return new Map(Object.entries(plain).flatMap(([token, logprob]) => pair(token, logprob)));
}

function pair(token: unknown, logprob: unknown): [string, number][] {
  return typeof token === 'string' && typeof logprob === 'number' ? [[token, logprob]] : [];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Reflect.get(value, name);
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
