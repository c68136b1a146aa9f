import { z } from 'zod';

/**
 * What is sent to an OpenAI-compatible `/chat/completions`. Every field here affects the output and is part of
 * the request id; anything that does not (URL, key, timeout, price) stays out. `n` is never used: a replica is a
 * request of its own (design §4).
 */
export const ChatBody = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  max_tokens: z.number().int().positive().optional(),
  stop: z.array(z.string()).optional(),
  seed: z.number().int().optional(),
  response_format: z.unknown().optional(),
});
export type ChatBody = z.infer<typeof ChatBody>;

/** Token counts as the endpoint reports them; absent on some servers (then we estimate and say so). */
export const Usage = z.looseObject({
  prompt_tokens: z.number().optional(),
  completion_tokens: z.number().optional(),
  total_tokens: z.number().optional(),
});
export type Usage = z.infer<typeof Usage>;

/** The part of a chat completion that we read. The log keeps the whole body. */
export const ChatCompletion = z.looseObject({
  id: z.string().optional(),
  model: z.string().optional(),
  choices: z.array(
    z.looseObject({
      finish_reason: z.string().nullish(),
      message: z.looseObject({
        content: z.string().nullish(),
        reasoning_content: z.string().nullish(),
        reasoning: z.string().nullish(),
        refusal: z.string().nullish(),
      }),
    }),
  ),
  usage: Usage.nullish(),
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;
