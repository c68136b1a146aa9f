import { z } from 'zod';
import { Keys, procedure, UNHURRIED } from './procedure.ts';
import { IndexState, RetrievedChunk } from './retrieval.ts';

/**
 * A talk with a served checkpoint. The server holds it (`src/server/chat.ts`) and streams the model's answer into it;
 * the editor passes it on, the Job panel's page draws it.
 */

/** What an answer rests on: the model's weights alone, or passages of the project's retrieval index beside them. */
export const Grounding = z.enum(['closed_book', 'rag']);
export type Grounding = z.infer<typeof Grounding>;

/** How far an answer is. `stopped`: by a person; what was written stays. */
export const AnswerState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('retrieving') }),
  /** Asked; the model has written nothing yet. */
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('writing') }),
  /** `cut`: at the most tokens an answer may have. */
  z.object({ state: z.literal('done'), cut: z.boolean() }),
  z.object({ state: z.literal('stopped') }),
  z.object({ state: z.literal('failed'), message: z.string(), hint: z.string().optional() }),
]);
export type AnswerState = z.infer<typeof AnswerState>;

/** One question and its answer, complete at every moment. */
export const Exchange = z.object({
  id: z.number().int(),
  question: z.string(),
  grounding: Grounding,
  answer: z.string(),
  answering: AnswerState,
  /** What stood in the prompt, best first; of the closed-book setting none. */
  passages: z.array(RetrievedChunk),
  /** What was done otherwise than asked, for a person: a stale index, passages or turns that did not fit. */
  notes: z.array(z.string()),
  /**
   * Since the first piece of the answer arrived: `exact` once the server has counted its tokens, before that pieces of the
   * stream, of which most servers send one a token.
   */
  pace: z.object({ tokens: z.number().int(), seconds: z.number(), exact: z.boolean() }).nullable(),
  /** Seconds from asking the model to the first piece. */
  first_piece_s: z.number().nullable(),
});
export type Exchange = z.infer<typeof Exchange>;

/** `revision` grows with everything that happens in it. */
export const Conversation = z.object({ revision: z.number().int(), exchanges: z.array(Exchange) });
export type Conversation = z.infer<typeof Conversation>;

/** One exchange as it stands: takes the place of the one with its id. */
export const ExchangeChange = z.object({ run: z.string(), revision: z.number().int(), exchange: Exchange });
export type ExchangeChange = z.infer<typeof ExchangeChange>;

export const Question = z.string().trim().min(1).max(8_000);

const RunRef = z.object({ project: z.string(), run: z.string() });

/** extension ↔ server. What an answer becomes is pushed (`Pushed.exchangeChanged`). */
export const ChatServer = {
  conversation: procedure('chat/conversation', RunRef, Conversation),
  /** Begins an answer and does not wait for it. Refused while another one is being written. `keys`: of retrieval. */
  ask: procedure(
    'chat/ask',
    RunRef.extend({ question: Question, grounding: Grounding, keys: Keys }),
    z.object({ id: z.number().int() }),
  ),
  /** What was written so far stays. */
  stop: procedure('chat/stop', RunRef, z.null()),
  /** Ends what is being written and forgets all that was said. */
  clear: procedure('chat/clear', RunRef, Conversation),
} as const;

/** What the page draws around a talk: what was said, and the index that retrieval would search. */
export const ChatView = z.object({ conversation: Conversation, index: IndexState });
export type ChatView = z.infer<typeof ChatView>;

/** page ↔ extension */
export const ChatPanel = {
  /** Said every time the page is built, and answered with everything. */
  open: procedure('chatPanel/open', z.null(), ChatView),
  ask: procedure(
    'chatPanel/ask',
    z.object({ question: Question, grounding: Grounding }),
    z.object({ id: z.number().int() }),
    UNHURRIED,
  ),
  stop: procedure('chatPanel/stop', z.null(), z.null()),
  clear: procedure('chatPanel/clear', z.null(), Conversation),
  /** Builds the retrieval index or brings it up to date; the extension asks for consent. */
  buildIndex: procedure('chatPanel/buildIndex', z.null(), z.object({ started: z.boolean() }), UNHURRIED),
  openSource: procedure(
    'chatPanel/openSource',
    z.object({ document: z.string(), start: z.number().int(), end: z.number().int() }),
    z.null(),
  ),
} as const;

/** extension → page */
export const IndexChange = z.object({ revision: z.number().int(), index: IndexState });
