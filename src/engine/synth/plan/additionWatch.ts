import type { PlanAddition } from '../../../contract/addition.ts';
import { AdditionTail } from './additions.ts';

const EVERY_MS = 1_000;

/** What becomes of additions, and who is told. */
export interface AdditionReceiver {
  /** False: it could not be planned, and the plan's problems say why. */
  take(seq: number, addition: PlanAddition): Promise<boolean>;
  /** Additions of this document (empty: not known) could not be read. */
  problem(document: string, message: string): void;
  /** A look at the file is over. */
  onRead(): void;
}

/** Takes a person's wishes into the running plan as they are appended to `.smt/plan/additions.jsonl`. */
export class AdditionWatch {
  readonly #tail: AdditionTail;
  readonly #receiver: AdditionReceiver;
  readonly #timer: NodeJS.Timeout;
  #state: 'idle' | 'reading' | 'checked' = 'idle';
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(planFolder: string, receiver: AdditionReceiver) {
    this.#tail = new AdditionTail(planFolder);
    this.#receiver = receiver;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
    this.#timer.unref();
  }

  /** A last look found nothing more: the plan may end. */
  get checked(): boolean {
    return this.#state === 'checked';
  }

  /** @param last nothing else is left to do: when this finds nothing, the plan may end */
  look(last = false): void {
    if (this.#closed || this.#state === 'reading') return;
    const before = this.#state;
    this.#state = 'reading';
    this.#reading = this.#takeNew().then(
      (taken) => {
        this.#state = taken > 0 ? 'idle' : last ? 'checked' : before;
        this.#receiver.onRead();
      },
      (error: unknown) => {
        this.#receiver.problem('', `Plan additions cannot be read: ${String(error)}`);
        this.#state = 'checked';
        this.#receiver.onRead();
      },
    );
  }

  /** Resolves when the look under way is over. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#reading;
  }

  async #takeNew(): Promise<number> {
    let taken = 0;
    for (const read of await this.#tail.read()) {
      if ('problem' in read) this.#receiver.problem('', read.problem);
      else if (await this.#receiver.take(read.seq, read.addition)) taken++;
    }
    return taken;
  }
}
