import { ChatCompletion } from '../../../contract/chat.ts';
import type { CompletionLine } from '../../../contract/completion.ts';
import { stripThinking } from '../../synth/parse/gate.ts';

/** What a completion says, thinking removed. `failed`: the request ended without an answer. */
export type AnswerContent = { kind: 'content'; content: string } | { kind: 'failed'; message: string };

/** Text completions (`/v1/completions`) carry `text` instead of a message. */
type Choice = ChatCompletion['choices'][number];

/**
 * The text that is scored. An answer cut by `max_tokens` is scored as it stands: its answer may be there. Thinking that
 * never closes leaves nothing to score.
 */
export function answerContent(line: CompletionLine): AnswerContent {
  if (line.error) return { kind: 'failed', message: `${line.error.code}: ${line.error.message}` };
  const text = textOf(line.response?.body);
  if (text === undefined) return { kind: 'failed', message: 'The answer is no completion.' };
  return { kind: 'content', content: withoutThinking(text) };
}

/** Removes thinking at the start of an answer; what is left is empty where it never closes. */
export function withoutThinking(text: string): string {
  const stripped = stripThinking(text);
  return stripped.kind === 'unclosed' ? '' : stripped.content;
}

function textOf(body: unknown): string | undefined {
  const chat = ChatCompletion.safeParse(body);
  if (chat.success) {
    const choice: Choice | undefined = chat.data.choices[0];
    return choice === undefined ? undefined : (choice.message.content ?? '');
  }
  if (typeof body !== 'object' || body === null || !('choices' in body) || !Array.isArray(body.choices))
    return undefined;
  const [first]: unknown[] = body.choices;
  return typeof first === 'object' && first !== null && 'text' in first && typeof first.text === 'string'
    ? first.text
    : undefined;
}
