import type { Exchange } from '../../../src/contract/conversation.ts';
import type { IndexState } from '../../../src/contract/retrieval.ts';
import { count } from './wording.ts';

/** How the Job page says what happens in a talk with a served checkpoint. Pure. */

type Pace = NonNullable<Exchange['pace']>;

/** Tokens a second after the first one; undefined while there is no second to speak of. */
export function rateOf({ tokens, seconds }: Pace): number | undefined {
  return tokens > 1 && seconds > 0 ? (tokens - 1) / seconds : undefined;
}

/** `about 12 tokens · 6.1 tokens/s`: without the server's own count, pieces of the stream stand for tokens. */
export function paceInWords(pace: Pace): string {
  const rate = rateOf(pace);
  const tokens = `${pace.exact ? '' : 'about '}${count(pace.tokens)} token${pace.tokens === 1 ? '' : 's'}`;
  return rate === undefined ? tokens : `${tokens} · ${rate < 100 ? rate.toFixed(1) : count(rate)} tokens/s`;
}

/** What stands below an answer; of a failed one nothing, its reason is said as an alert. */
export function answeringInWords({ answering, pace, first_piece_s }: Exchange): string {
  const paced = pace ? ` · ${paceInWords(pace)}` : '';
  const first = first_piece_s === null ? '' : ` · first word after ${first_piece_s.toFixed(1)} s`;
  switch (answering.state) {
    case 'retrieving':
      return 'Searching for passages…';
    case 'waiting':
      return 'The model is reading the prompt…';
    case 'writing':
      return `Writing${paced}`;
    case 'done':
      return `${answering.cut ? 'Cut: the most tokens of an answer are reached' : 'Done'}${paced}${first}`;
    case 'stopped':
      return `Stopped${paced}`;
    case 'failed':
      return '';
  }
}

/** Said to who listens: that something began and the answer when it is whole, never single words. */
export function announced(exchange: Exchange | undefined): string {
  if (!exchange) return '';
  switch (exchange.answering.state) {
    case 'done':
      return `The model answered: ${exchange.answer.slice(0, 500)}`;
    case 'stopped':
      return 'The answer was stopped.';
    case 'failed':
      return '';
    default:
      return 'The model is answering.';
  }
}

/** What a question with retrieval would search, and what can be done about it. */
export function indexInWords({ state, reason, chunks, documents, embedder }: IndexState): {
  words: string;
  usable: boolean;
  build?: string;
} {
  const held = `${count(chunks)} chunks of ${count(documents)} documents, ${embedder ?? 'full text only'}`;
  switch (state) {
    case 'none':
      return {
        words:
          'There is no retrieval index of these documents yet. Build one: it splits the documents into passages that a question is compared with.',
        usable: false,
        build: 'Build Retrieval Index',
      };
    case 'building':
      return {
        words: chunks > 0 ? `The index is being built; so far ${held}.` : 'The index is being built.',
        usable: chunks > 0,
      };
    case 'partial':
      return { words: `The index is not whole: ${held}. ${reason ?? ''}`, usable: chunks > 0, build: 'Go on building' };
    case 'stale':
      return {
        words: `The index is stale: ${reason ?? ''} It holds ${held}.`,
        usable: true,
        build: 'Bring up to date',
      };
    case 'ready':
      return { words: `Searches ${held}.`, usable: true };
  }
}
