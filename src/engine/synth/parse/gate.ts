import { ChatCompletion } from '../../../contract/chat.ts';
import type { CompletionLine } from '../../../contract/completion.ts';
import type { RejectionReason } from '../../../contract/sample.ts';

/** Raise when gate or parsers change what they make of a completion: tables derived by another version are re-derived. */
export const PARSER_VERSION = 1;

/** What one completion says, before a method's parser looks at it. */
export type Gated =
  | { kind: 'content'; content: string; reasoning?: string; truncated: boolean }
  | { kind: 'rejected'; reason: RejectionReason; detail: string; text?: string };

/** A refusal is short; a long text that begins with "I'm sorry" is a story. */
const MAX_REFUSAL = 400;
const REFUSAL =
  /^\W*(?:i['’]?m sorry\b|i am sorry\b|sorry, (?:but )?i\b|i apologi[sz]e\b|(?:unfortunately, )?i (?:can['’]?t|cannot|can not|am unable|['’]m unable|won['’]?t|am not able) |as an ai\b|i['’]m not able\b)/i;

/**
 * The table of finish reasons (reference: engine §4.5) and the removal of thinking. Every way out has a code and says
 * what it saw; nothing is decided by what the text is about.
 */
export function gate(line: CompletionLine): Gated {
  if (line.error !== null) {
    return rejected('failed', `The request ended without an answer: ${line.error.code}: ${line.error.message}`);
  }
  const body = ChatCompletion.safeParse(line.response?.body);
  if (!body.success) return rejected('malformed', 'The answer is no chat completion.');
  const choice = body.data.choices[0];
  if (choice === undefined) return rejected('empty', 'The answer has no choice.');
  const { message, finish_reason: finish } = choice;
  const content = message.content ?? '';
  const reasoning = message.reasoning_content ?? message.reasoning ?? '';

  if (finish === 'content_filter') return rejected('content_filter', 'The endpoint filtered the answer.', content);
  if (typeof message.refusal === 'string' && message.refusal.trim() !== '') {
    return rejected('refusal', `The model refused: ${message.refusal.trim().slice(0, 300)}`);
  }
  const truncated = finish === 'length' || finish === 'max_tokens';
  if (!truncated && finish !== 'stop' && finish !== 'eos_token' && finish !== 'end_turn' && finish !== 'tool_calls') {
    const seen = finish === null || finish === undefined ? 'none' : `"${finish.slice(0, 60)}"`;
    return rejected('unfinished', `Finish reason ${seen}: it is not known that the answer is complete.`, content);
  }

  const stripped = stripThinking(content);
  if (stripped.kind === 'unclosed') {
    const cut = truncated ? ' and was cut by max_tokens' : '';
    return rejected('reasoning_only', `The answer opens a think block that never closes${cut}.`, content);
  }
  const thought = [reasoning.trim(), stripped.thinking].filter((part) => part !== '').join('\n\n');
  if (stripped.content === '') {
    if (thought !== '') return rejected('reasoning_only', 'There is thinking but no answer after it.', thought);
    return truncated ? rejected('truncated', 'Cut by max_tokens before any text.') : rejected('empty', 'No text.');
  }
  if (stripped.content.length <= MAX_REFUSAL && REFUSAL.test(stripped.content)) {
    return rejected('refusal', 'The answer reads as a refusal.', stripped.content);
  }
  return { kind: 'content', content: stripped.content, truncated, ...(thought === '' ? {} : { reasoning: thought }) };
}

const OPEN = /^\s*<(think|thinking|reasoning|thought)>/i;
const CLOSE = /<\/think/i;
/** Some chat templates put the opening tag into the prompt: then only the closing one is answered. */
const ORPHAN_CLOSE = /^(?:(?!<think)[\s\S])*?<\/think(?:ing)?>/i;

/** Removes thinking only where it starts the text: a document may well speak about `<think>` further down. */
export function stripThinking(
  content: string,
): { kind: 'content'; content: string; thinking: string } | { kind: 'unclosed' } {
  let rest = content;
  const thinking: string[] = [];
  for (;;) {
    const open = OPEN.exec(rest);
    if (open === null) break;
    const close = new RegExp(`</${open[1] ?? 'think'}>`, 'i').exec(rest);
    if (close === null) return { kind: 'unclosed' };
    thinking.push(rest.slice(open[0].length, close.index).trim());
    rest = rest.slice(close.index + close[0].length);
  }
  if (thinking.length === 0 && CLOSE.test(rest)) {
    const orphan = ORPHAN_CLOSE.exec(rest);
    if (orphan !== null) {
      thinking.push(orphan[0].replace(/<\/think(?:ing)?>$/i, '').trim());
      rest = rest.slice(orphan[0].length);
    }
  }
  return { kind: 'content', content: rest.trim(), thinking: thinking.filter((part) => part !== '').join('\n\n') };
}

function rejected(reason: RejectionReason, detail: string, text?: string): Gated {
  const seen = text?.trim();
  return { kind: 'rejected', reason, detail, ...(seen === undefined || seen === '' ? {} : { text: seen }) };
}
