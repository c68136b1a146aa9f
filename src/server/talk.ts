import type { Conversation, Exchange, Grounding } from '../contract/conversation.ts';
import { asFailure, failure } from '../contract/rpcConnection.ts';
import type { EarlierTurn, ReadyPrompt, StreamPart } from '../engine/chat/index.ts';
import { coalesce } from './coalesce.ts';

/** A talk is looked at, not archived: its oldest exchanges go. */
const MOST_EXCHANGES = 100;
/** How often an answer that grows is told. */
const TELL_MS = 150;

/** Where an answer comes from; `signal` ends it. */
export interface Answering {
  /** Passages, earlier turns and question, put together as the served model takes them. */
  prompt(question: string, grounding: Grounding, earlier: EarlierTurn[], signal: AbortSignal): Promise<ReadyPrompt>;
  stream(prompt: ReadyPrompt, signal: AbortSignal): AsyncIterable<StreamPart>;
}

/** One conversation with a served model: its exchanges, of which at most one is being answered. */
export class Talk {
  #exchanges: readonly Exchange[] = [];
  #revision = 0;
  #last = 0;
  #going: { id: number; stop: AbortController } | undefined;
  readonly #tell: (exchange: Exchange, revision: number) => void;

  constructor(tell: (exchange: Exchange, revision: number) => void) {
    this.#tell = tell;
  }

  get conversation(): Conversation {
    return { revision: this.#revision, exchanges: [...this.#exchanges] };
  }

  /** Begins an answer. @throws failure while another one is being written */
  ask(question: string, grounding: Grounding, answering: Answering): number {
    if (this.#going) throw failure('busy', 'The model is still answering.', 'Stop it, or wait until it has finished.');
    const earlier = this.#exchanges.flatMap(({ question, answer }) => (answer === '' ? [] : [{ question, answer }]));
    const id = ++this.#last;
    const stop = new AbortController();
    this.#going = { id, stop };
    const begun: Exchange = {
      ...{ id, question, grounding, answer: '', passages: [], notes: [], pace: null, first_piece_s: null },
      answering: { state: grounding === 'rag' ? 'retrieving' : 'waiting' },
    };
    this.#exchanges = [...this.#exchanges, begun].slice(-MOST_EXCHANGES);
    const change = this.#changing(begun);
    void this.#answer(begun, earlier, answering, stop.signal, change).finally(() => {
      if (this.#going?.id === id) this.#going = undefined;
      change.end();
    });
    return id;
  }

  stop(): void {
    this.#going?.stop.abort();
  }

  clear(): Conversation {
    this.stop();
    this.#going = undefined;
    this.#exchanges = [];
    this.#revision += 1;
    return this.conversation;
  }

  async #answer(
    { question, grounding }: Exchange,
    earlier: EarlierTurn[],
    answering: Answering,
    signal: AbortSignal,
    change: Change,
  ): Promise<void> {
    try {
      const prompt = await answering.prompt(question, grounding, earlier, signal);
      change.set({ passages: prompt.passages, notes: prompt.notes, answering: { state: 'waiting' } });
      const asked = performance.now();
      let began = asked;
      let answer = '';
      let pieces = 0;
      for await (const part of answering.stream(prompt, signal)) {
        const now = performance.now();
        if (part.kind === 'end') {
          const pace = {
            tokens: part.tokens ?? pieces,
            seconds: (now - began) / 1000,
            exact: part.tokens !== undefined,
          };
          change.set({ answering: { state: 'done', cut: part.cut }, ...(pieces > 0 ? { pace } : {}) });
          return;
        }
        if (pieces === 0) {
          began = now;
          change.set({ first_piece_s: (began - asked) / 1000, answering: { state: 'writing' } });
        }
        answer += part.text;
        pieces += 1;
        change.set({ answer, pace: { tokens: pieces, seconds: (now - began) / 1000, exact: false } });
      }
    } catch (error) {
      if (signal.aborted) change.set({ answering: { state: 'stopped' } });
      else {
        const { message, hint } = asFailure(error);
        change.set({ answering: { state: 'failed', message, ...(hint === undefined ? {} : { hint }) } });
      }
    }
  }

  /** Changes one exchange, as long as it is part of the talk, and tells of it now and then, of its end at once. */
  #changing(begun: Exchange): Change {
    let now = begun;
    const here = () => this.#exchanges.some(({ id }) => id === now.id);
    const told = () => {
      if (here()) this.#tell(now, this.#revision);
    };
    const soon = coalesce(told, TELL_MS);
    soon();
    return {
      set: (part) => {
        now = { ...now, ...part };
        if (!here()) return;
        this.#exchanges = this.#exchanges.map((one) => (one.id === now.id ? now : one));
        this.#revision += 1;
        soon();
      },
      end: () => {
        soon.cancel();
        told();
      },
    };
  }
}

interface Change {
  set(part: Partial<Exchange>): void;
  end(): void;
}
