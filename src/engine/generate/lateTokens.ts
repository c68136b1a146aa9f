import type { Sample } from '../../contract/sample.ts';
import type { TokenCounter } from '../corpus/types.ts';
import { trainingText } from '../synth/trainingText.ts';

/** In place of a sample's tokens until they are counted. */
const UNCOUNTED = -1;
/** Texts are collected for this long, or up to this many characters, and then counted together by a worker. */
const COLLECT_MS = 200;
const COLLECT_CHARACTERS = 200_000;
/** From here on no further request should be sent before some texts are counted: some tens of megabytes with all around. */
const MOST_CHARACTERS = 16_000_000;

interface Waiting {
  samples: readonly Sample[];
  title: string;
  counted(): void;
  failed(reason: unknown): void;
}

/**
 * Counts the tokens of new samples in the token workers: counted one by one where answers arrive, they would take more of
 * that thread than all the rest of an answer. What was given first is ready first.
 */
export class LateTokens {
  /** Called when there is room again after `full`. */
  onRoom: () => void = () => {};
  /** True: `count` only marks the sample, and `settle` counts. */
  late = false;
  readonly #counter: Pick<TokenCounter, 'count' | 'countAll'>;
  #waiting: Waiting[] = [];
  #characters = 0;
  #inWork = 0;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(counter: Pick<TokenCounter, 'count' | 'countAll'>) {
    this.#counter = counter;
  }

  count(text: string): number {
    return this.late ? UNCOUNTED : this.#counter.count(text);
  }

  get full(): boolean {
    return this.#characters + this.#inWork > MOST_CHARACTERS;
  }

  /** Resolves when all marked samples of this list have their tokens, after everything given before. */
  settle(samples: readonly Sample[], title: string): Promise<void> {
    return new Promise((counted, failed) => {
      this.#waiting.push({ samples, title, counted, failed });
      for (const sample of samples) {
        if (sample.tokens === UNCOUNTED) this.#characters += lengthOf(sample);
      }
      if (this.#characters >= COLLECT_CHARACTERS) this.#next();
      else this.#timer ??= setTimeout(() => this.#next(), COLLECT_MS);
    });
  }

  /** Counts what waits now instead of collecting more. */
  hurry(): void {
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    const characters = this.#characters;
    this.#waiting = [];
    this.#characters = 0;
    this.#inWork += characters;
    this.#working = this.#working.then(async () => {
      try {
        await this.#count(batch);
        for (const { counted } of batch) counted();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
      const wasFull = this.full;
      this.#inWork -= characters;
      if (wasFull && !this.full) this.onRoom();
    });
  }

  async #count(batch: readonly Waiting[]): Promise<void> {
    const uncounted = batch.flatMap(({ samples, title }) =>
      samples.filter(({ tokens }) => tokens === UNCOUNTED).map((sample) => ({ sample, title })),
    );
    const counts = await this.#counter.countAll(uncounted.map(({ sample, title }) => trainingText(sample, title)));
    for (const [index, { sample }] of uncounted.entries()) sample.tokens = counts[index] ?? 0;
  }
}

function lengthOf({ question, explanation, answer, text }: Sample): number {
  return (question?.length ?? 0) + (explanation?.length ?? 0) + (answer?.length ?? 0) + (text?.length ?? 0);
}
