import type { RetrievedChunk } from '../../contract/retrieval.ts';
import type { TokenCounter } from '../corpus/index.ts';
import { countedSafely, fittingPassages } from '../eval/answer/passageRoom.ts';
import { passagesOf } from '../eval/answer/questionText.ts';
import type { Message, PromptTemplate, SamplingParams } from '../synth/template/template.ts';

/** Something that was asked and answered before. */
export interface EarlierTurn {
  question: string;
  answer: string;
}

export interface PassagesFound {
  chunks: readonly RetrievedChunk[];
  notes: readonly string[];
}

export interface ReadyPrompt {
  messages: Message[];
  params: SamplingParams;
  /** Those that stand in the prompt, best first. */
  passages: RetrievedChunk[];
  /** What had to be left out, for a person. */
  notes: string[];
}

interface Asked {
  question: string;
  earlier: readonly EarlierTurn[];
  /** Of the retrieval index; undefined in the closed-book setting. */
  found: PassagesFound | undefined;
  template: PromptTemplate;
  /** Tokens that the model can hold, prompt and answer together; undefined where its server does not say. */
  context: number | undefined;
  counter: Pick<TokenCounter, 'count' | 'exact'>;
}

/** What a chat template puts around a message, and at the end of a prompt, in tokens. */
const AROUND_A_MESSAGE = 8;
const AT_THE_END = 16;

/**
 * The prompt of one question: passages with it as evaluation's RAG setting shows them (recipe §5: best last), earlier turns
 * before it without theirs. Where the context is too small, the least alike passages go first, then the oldest turns.
 */
export function chatPrompt({ question, earlier, found, template, context, counter }: Asked): ReadyPrompt {
  const tokens = (messages: readonly Message[]) =>
    messages.reduce((sum, { content }) => sum + countedSafely(content, counter) + AROUND_A_MESSAGE, 0);
  // A word stands in for the passages, as the template says more where there are any.
  const bare = template.render({ question, passages: found ? '…' : '' });
  const room =
    context === undefined ? undefined : context - AT_THE_END - tokens(bare) - answerTokens(template.params, context);
  const notes = [...(found?.notes ?? [])];

  const all = found?.chunks ?? [];
  const k = room === undefined ? all.length : fittingPassages(all, all.length, room, counter);
  const passages = all.slice(0, k);
  if (k < all.length)
    notes.push(
      `${k} of ${all.length} passages were shown to the model: more do not fit its context of ${context} tokens.`,
    );
  const messages = template.render({ question, passages: passagesOf(passages) });

  const before: Message[] = [];
  let free = room === undefined ? Number.POSITIVE_INFINITY : room + tokens(bare) - tokens(messages);
  let left = earlier.length;
  for (const turn of [...earlier].reverse()) {
    const pair: Message[] = [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: turn.answer },
    ];
    free -= tokens(pair);
    if (free < 0) break;
    before.unshift(...pair);
    left -= 1;
  }
  if (left > 0)
    notes.push(
      `${left === 1 ? 'The oldest earlier turn was' : `The oldest ${left} earlier turns were`} not shown to the model: its context holds ${context} tokens.`,
    );
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  return {
    messages: [...messages.slice(0, asked), ...before, ...messages.slice(asked)],
    params: context === undefined ? template.params : withinContext(template.params, context),
    passages,
    notes,
  };
}

/** An answer never takes more than half of a small context. */
const answerTokens = ({ max_tokens }: SamplingParams, context: number): number =>
  Math.min(max_tokens, Math.floor(context / 2));

function withinContext(params: SamplingParams, context: number): SamplingParams {
  return { ...params, max_tokens: answerTokens(params, context) };
}
