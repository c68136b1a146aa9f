// Worker thread: counts tokens, so that a long document blocks nobody. `workerData` says with which vocabulary.
import { parentPort, workerData } from 'node:worker_threads';
import { type EncodingSource, loadEncoding } from './encoding.ts';
import type { WorkerReply } from './workerPool.ts';

export type CountRequest = readonly string[];
export type CountAnswer = number[];

const source: EncodingSource = workerData;
const encoding = loadEncoding(source);
encoding.catch(() => {}); // Reported with each request.

parentPort?.on('message', (texts: CountRequest) => {
  encoding
    .then(({ count }) => texts.map(count))
    .then(
      (answer) => parentPort?.postMessage({ ok: true, answer } satisfies WorkerReply<CountAnswer>),
      (error: unknown) =>
        parentPort?.postMessage({
          ok: false,
          message: error instanceof Error ? error.message : String(error),
        } satisfies WorkerReply<CountAnswer>),
    );
});
