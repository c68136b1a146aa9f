import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Why a worker gave no answer: the caller turns it into a reason about a file. */
export class WorkerFailure extends Error {
  constructor(
    readonly kind: 'crashed' | 'out_of_memory' | 'timeout',
    message: string,
  ) {
    super(message);
  }
}

interface Slot {
  worker: Worker;
  busy: boolean;
}

interface Job<Request, Answer> {
  request: Request;
  resolve(answer: Answer): void;
  reject(reason: unknown): void;
}

/** What a worker of this room sends back for each request, in order. */
export type WorkerReply<Answer> = { ok: true; answer: Answer } | { ok: false; message: string };

/**
 * Worker threads that start with the first request, answer one request at a time, and are replaced when one dies.
 * Idle workers do not keep the process alive.
 *
 * @param script file name without extension, e.g. `tokenWorker`: `dist/tokenWorker.js` beside the bundle, else the
 *   TypeScript source beside this file, which Node 24 runs as it is. Or an absolute path.
 */
export class WorkerPool<Request, Answer> {
  readonly #script: string;
  readonly #workerData: unknown;
  readonly #size: number;
  readonly #timeoutMs: number;
  readonly #memoryMb: number;
  readonly #slots: Slot[] = [];
  readonly #queue: Job<Request, Answer>[] = [];
  #closed = false;

  constructor(
    script: string,
    options: { workerData?: unknown; size?: number; timeoutMs?: number; memoryMb?: number } = {},
  ) {
    this.#script = workerFile(script);
    this.#workerData = options.workerData;
    this.#size = options.size ?? Math.max(1, Math.min(4, availableParallelism() - 1));
    this.#timeoutMs = options.timeoutMs ?? 0;
    this.#memoryMb = options.memoryMb ?? 2048;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws WorkerFailure when the worker dies or runs out of time; Error with the worker's own message otherwise. */
  run(request: Request, signal?: AbortSignal): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#closed) return reject(new WorkerFailure('crashed', 'The workers are closed.'));
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        const waiting = this.#queue.indexOf(job);
        if (waiting >= 0) this.#queue.splice(waiting, 1);
        reject(signal?.reason); // A request already at work ends unheard.
      };
      const job: Job<Request, Answer> = {
        request,
        resolve(answer) {
          signal?.removeEventListener('abort', abort);
          resolve(answer);
        },
        reject(reason) {
          signal?.removeEventListener('abort', abort);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) job.reject(new WorkerFailure('crashed', 'The workers are closed.'));
    await Promise.all(this.#slots.splice(0).map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const slot = this.#slots.find(({ busy }) => !busy) ?? this.#start();
      if (!slot) return;
      const job = this.#queue.shift();
      if (job) this.#give(slot, job);
    }
  }

  #start(): Slot | undefined {
    if (this.#slots.length >= this.#size) return undefined;
    const worker = new Worker(this.#script, {
      workerData: this.#workerData,
      // Not the parent's own flags: a debugger port or a test runner's loader has no business here.
      execArgv: this.#script.endsWith('.ts') ? ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'] : [],
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb },
    });
    worker.unref();
    const slot = { worker, busy: false };
    this.#slots.push(slot);
    return slot;
  }

  #give(slot: Slot, job: Job<Request, Answer>): void {
    const { worker } = slot;
    slot.busy = true;
    worker.ref();
    const timer = this.#timeoutMs
      ? setTimeout(
          () => fail(new WorkerFailure('timeout', `No answer within ${Math.round(this.#timeoutMs / 1000)} s.`)),
          this.#timeoutMs,
        )
      : undefined;
    const done = () => {
      clearTimeout(timer);
      worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
    };
    const fail = (reason: unknown) => {
      done();
      // A dying worker may still report: nobody listens, and an unheard 'error' would end the process.
      worker.on('error', () => {});
      const index = this.#slots.indexOf(slot);
      if (index >= 0) this.#slots.splice(index, 1);
      void worker.terminate();
      job.reject(reason);
      this.#dispatch();
    };
    worker.on('message', (reply: WorkerReply<Answer>) => {
      done();
      slot.busy = false;
      worker.unref();
      if (reply.ok) job.resolve(reply.answer);
      else job.reject(new Error(reply.message));
      this.#dispatch();
    });
    worker.on('error', (error: Error & { code?: string }) =>
      fail(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new WorkerFailure('out_of_memory', `More than ${this.#memoryMb} MB of memory were needed.`)
          : new WorkerFailure('crashed', error.message),
      ),
    );
    worker.on('exit', (code) => fail(new WorkerFailure('crashed', `The worker ended with code ${code}.`)));
    worker.postMessage(job.request);
  }
}

function workerFile(script: string): string {
  if (isAbsolute(script)) return script;
  const bundled = join(__dirname, `${script}.js`);
  return existsSync(bundled) ? bundled : join(__dirname, `${script}.ts`);
}
