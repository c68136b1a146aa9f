import type { AnswerBody } from '../completionText.ts';
import type { Transport, WireResult } from '../transport.ts';
import type { ResolvedEndpoint } from '../types.ts';
import { afterPrompt, afterText, type ChoiceTokens, EchoedCompletions } from './echoed.ts';
import { scoringHttp } from './scoringHttp.ts';
import { tokenised } from './tokenise.ts';

/** A body of `/v1/smt/score`: what is asked, whoever answers. */
export interface ScoreBody {
  model: string;
  /** A prompt as text, or messages for the model's chat template. */
  prompt?: string;
  messages?: readonly { role: string; content: string }[];
  choices: readonly string[];
}

/**
 * Answers `/v1/smt/score` with an endpoint's `/completions`: all choices after the prompt in one request, `echo` and
 * `logprobs` for the likelihood of what was sent. One token is generated and dropped: not every server takes 0.
 *
 * @param edge   `apart`: prompt and choices are tokenised by the server's `/tokenize` and sent as ids, as the worker does;
 *               `joined`: sent as text
 * @param bodyOf what a planned request asks, by its id
 */
export async function scoreTransport(
  endpoint: ResolvedEndpoint,
  edge: 'apart' | 'joined',
  bodyOf: (id: string) => ScoreBody | undefined,
): Promise<Transport> {
  const http = await scoringHttp(endpoint);
  /** Choices are the same with the question and without it, and often from question to question. */
  const known = new Map<string, number[]>();

  const exchange = async (id: string, signal: AbortSignal): Promise<WireResult> => {
    const asked = bodyOf(id);
    if (!asked) return refusal('unknown_request', 'nothing is known of this request');
    const call = { id, signal };
    let prompts: readonly (string | number[])[];
    let found: (index: number, echoed: EchoedCompletions['choices'][number]['logprobs']) => ChoiceTokens;
    if (edge === 'apart') {
      const prompt = await tokenised(http, endpoint.model, asked, call);
      if (!prompt.ok) return prompt.result;
      const choices: number[][] = [];
      for (const choice of asked.choices) {
        const kept = known.get(choice);
        if (kept) {
          choices.push(kept);
          continue;
        }
        const tokens = await tokenised(http, endpoint.model, { choice }, call);
        if (!tokens.ok) return tokens.result;
        known.set(choice, tokens.ids);
        choices.push(tokens.ids);
      }
      prompts = choices.map((choice) => [...prompt.ids, ...choice]);
      found = (index, echoed) => afterPrompt(echoed, prompt.ids.length, choices[index]?.length ?? 0);
    } else {
      const { prompt } = asked;
      if (prompt === undefined) return refusal('no_chat_template', 'messages cannot be scored as one text');
      prompts = asked.choices.map((choice) => prompt + choice);
      found = (index, echoed) => afterText(echoed, prompt, asked.choices[index] ?? '');
    }
    const result = await http.post('/completions', echoRequest(endpoint.model, prompts), call);
    if (result.kind === 'fault' || result.status !== 200) return result;
    const scored = scoredChoices(result.text, asked.choices.length, found);
    return typeof scored === 'string'
      ? refusal('no_likelihood', scored)
      : { ...result, text: JSON.stringify({ object: 'smt.score', model: endpoint.model, edge, ...scored }) };
  };

  return {
    send(id, _body, done) {
      const controller = new AbortController();
      void exchange(id, controller.signal).then(done);
      return (why) => controller.abort(why);
    },
    close: () => http.close(),
  };
}

export function echoRequest(model: string, prompts: readonly (string | number[])[]): object {
  return { model, prompt: prompts, echo: true, logprobs: 1, max_tokens: 1, temperature: 0 };
}

/** A body that answers `/v1/smt/score`. */
export function isScore(body: object): body is AnswerBody {
  return 'object' in body && body.object === 'smt.score';
}

/** `{choices: [{sum, tokens, per_token}], usage}`, as the worker answers; or why there is none. */
function scoredChoices(
  text: string,
  wanted: number,
  found: (index: number, echoed: EchoedCompletions['choices'][number]['logprobs']) => ChoiceTokens,
): { choices: { sum: number; tokens: number; per_token: number[] }[]; usage?: unknown } | string {
  const parsed = EchoedCompletions.safeParse(jsonOf(text));
  if (!parsed.success) return 'the answer does not hold the likelihoods of what was sent';
  const choices = [];
  for (let index = 0; index < wanted; index++) {
    const echoed = parsed.data.choices.find((choice) => choice.index === index)?.logprobs;
    const logs = echoed && found(index, echoed);
    if (!logs) return `the tokens of choice ${index + 1} cannot be told from the answer`;
    choices.push({ sum: logs.reduce((a, b) => a + b, 0), tokens: logs.length, per_token: logs });
  }
  return { choices, ...(parsed.data.usage ? { usage: parsed.data.usage } : {}) };
}

/** Answered in the server's place: such a request would fail again. */
function refusal(code: string, message: string): WireResult {
  return { kind: 'response', status: 422, header: () => undefined, text: JSON.stringify({ error: { code, message } }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
