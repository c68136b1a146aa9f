import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { LogPosition } from '../llm/index.ts';
import { StoreUnavailable } from '../samples/index.ts';
import type { SampleTotals } from '../samples/sampleTotals.ts';
import type { SampleNews, SampleOrder, SampleThreadData } from './sampleMessages.ts';

/** Of the thread's memory, what new objects may take: more would only make the process larger. */
const YOUNG_MB = 32;

interface Awaited {
  resolve(news: SampleNews): void;
  reject(error: Error): void;
}

/** The samples thread (`sampleWorker.ts`) as the job sees it. A failure ends every wait and is told once. */
export class SampleThreadPort {
  /** What the table covers; null: it was made anew. */
  readonly opened: Promise<LogPosition | null>;
  onDerived: (news: Extract<SampleNews, { is: 'derived' }>) => void = () => {};
  onFailure: (error: Error) => void = () => {};
  readonly #worker: Worker;
  readonly #awaited: Awaited[] = [];
  #failure: Error | undefined;

  constructor(data: SampleThreadData) {
    // Beside the bundle. Not the parent's own flags: a debugger port has no business here. LanceDB reads the environment.
    const script = join(__dirname, 'sampleWorker.js');
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
    this.#worker = new Worker(script, { workerData: data, execArgv: [], env: SHARE_ENV, resourceLimits });
    this.#worker.on('message', (news: SampleNews) => this.#heard(news));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`The samples thread ended with code ${code}.`)));
    this.opened = this.#wait().then((news) => (news.is === 'opened' ? news.position : null));
    // Whoever waits for it sees the failure.
    this.opened.catch(() => {});
  }

  order(order: SampleOrder): void {
    if (!this.#failure) this.#worker.postMessage(order);
  }

  /** Writes what was put so far, and counts the table. */
  async flush(): Promise<SampleTotals> {
    this.order({ do: 'flush' });
    const news = await this.#wait();
    return news.is === 'flushed' ? news.totals : { accepted: 0, rejected: {} };
  }

  /** Does what was ordered so far, closes the table and ends the thread. */
  async close(): Promise<void> {
    this.order({ do: 'close' });
    try {
      await this.#wait();
    } finally {
      await this.end();
    }
  }

  /** Ends the thread where it stands; what it has not written is derived again from the log. */
  async end(): Promise<void> {
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {});
    await this.#worker.terminate();
  }

  #wait(): Promise<SampleNews> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#awaited.push({ resolve, reject }));
  }

  #heard(news: SampleNews): void {
    if (news.is === 'derived') this.onDerived(news);
    else if (news.is === 'failed') this.#fail(errorOf(news));
    else this.#awaited.shift()?.resolve(news);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const { reject } of this.#awaited.splice(0)) reject(error);
    this.onFailure(error);
  }
}

function errorOf({ message, code, unavailable }: Extract<SampleNews, { is: 'failed' }>): Error {
  if (unavailable) return new StoreUnavailable(unavailable, message);
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}
