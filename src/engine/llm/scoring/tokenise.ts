import { z } from 'zod';
import type { WireResult } from '../transport.ts';
import type { ScoringHttp } from './scoringHttp.ts';

const Tokenised = z.looseObject({ tokens: z.array(z.number().int().nonnegative()).min(1) });

type Wanted = { prompt?: string; messages?: readonly { role: string; content: string }[] } | { choice: string };

/**
 * Token ids by the server's own `/tokenize` (vLLM's shape). Messages go through the model's chat template, which writes
 * the special tokens itself; a plain prompt gets what the tokenizer puts in front of it; a choice gets none.
 */
export async function tokenised(
  http: ScoringHttp,
  model: string,
  wanted: Wanted,
  call: { id: string; signal: AbortSignal },
): Promise<{ ok: true; ids: number[] } | { ok: false; result: WireResult }> {
  const body =
    'choice' in wanted
      ? { model, prompt: wanted.choice, add_special_tokens: false }
      : wanted.messages
        ? { model, messages: wanted.messages, add_generation_prompt: true, add_special_tokens: false }
        : { model, prompt: wanted.prompt ?? '', add_special_tokens: true };
  const result = await http.post('/tokenize', body, { ...call, beside: true });
  if (result.kind === 'fault' || result.status !== 200) return { ok: false, result };
  try {
    return { ok: true, ids: Tokenised.parse(JSON.parse(result.text)).tokens };
  } catch {
    return {
      ok: false,
      result: { ...result, status: 422, text: JSON.stringify({ error: { code: 'no_tokens', message: 'no tokens' } }) },
    };
  }
}
