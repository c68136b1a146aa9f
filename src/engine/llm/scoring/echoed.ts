import { z } from 'zod';

/** The part of an answer of `/completions` with `echo` and `logprobs` that is read: one choice a prompt. */
export const EchoedCompletions = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        index: z.number().int().nonnegative(),
        logprobs: z.looseObject({
          tokens: z.array(z.string()),
          token_logprobs: z.array(z.number().nullable()),
          text_offset: z.array(z.number()).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: z.number().optional(), completion_tokens: z.number().nullish() }).nullish(),
});
export type EchoedCompletions = z.infer<typeof EchoedCompletions>;
export type EchoedPrompt = EchoedCompletions['choices'][number]['logprobs'];

/** Log-probabilities (natural) of a choice's tokens given everything before them; undefined where the edge is not found. */
export type ChoiceTokens = number[] | undefined;

/**
 * The choice's tokens where prompt and choice were tokenised apart and sent as ids: they stand behind the prompt's, so the
 * edge is exact. What was generated behind them is not read.
 */
export function afterPrompt(echoed: EchoedPrompt, promptTokens: number, choiceTokens: number): ChoiceTokens {
  return finite(echoed.token_logprobs, promptTokens, promptTokens + choiceTokens);
}

/**
 * The choice's tokens where prompt and choice were sent as one text: found by the tokens' own texts, from the end, as
 * the beginning may hold a token that stands in no text (BOS) and the end one that was generated; else, where a token is
 * a part of a character, by `text_offset`. A token that holds the end of the prompt and the beginning of the choice
 * belongs to the choice: without it the choice would not be there.
 */
export function afterText(echoed: EchoedPrompt, prompt: string, choice: string): ChoiceTokens {
  const { tokens, token_logprobs } = echoed;
  for (const end of [tokens.length - 1, tokens.length]) {
    let text = '';
    for (let start = end - 1; start >= 0; start--) {
      text = (tokens[start] ?? '') + text;
      if (text.length < choice.length) continue;
      if (text.endsWith(choice) && (prompt + choice).endsWith(text)) return finite(token_logprobs, start, end);
      break;
    }
  }
  return byOffset(echoed, prompt.length, prompt.length + choice.length);
}

function byOffset({ tokens, token_logprobs, text_offset }: EchoedPrompt, edge: number, length: number): ChoiceTokens {
  if (text_offset?.length !== tokens.length) return undefined;
  // Offsets count the text of a BOS token where the server shows one.
  for (const shift of [0, tokens[0]?.length ?? 0]) {
    const past = text_offset.findIndex((offset) => offset - shift >= length);
    const end = past === -1 ? tokens.length : past;
    const last = text_offset.findLastIndex((offset, index) => index < end && offset - shift <= edge);
    if (last === -1 || (text_offset[end] ?? length + shift) - shift !== length) continue;
    // Several tokens may begin at one character: the first of them.
    const start = text_offset.indexOf(text_offset[last] ?? 0);
    return finite(token_logprobs, start, end);
  }
  return undefined;
}

function finite(logs: readonly (number | null)[], start: number, end: number): ChoiceTokens {
  if (end > logs.length || end <= start) return undefined;
  const found: number[] = [];
  for (const log of logs.slice(start, end)) {
    if (log === null || !Number.isFinite(log)) return undefined;
    found.push(log);
  }
  return found;
}
