// Worker thread: texts to the student's token ids. `workerData` is the path of the tokenizer.json.
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerReply } from '../corpus/workerPool.ts';
import { loadEncoder } from './encoder.ts';

export type EncodeRequest = readonly string[];
/** Ids of all texts one after the other, and how many each has. */
export interface EncodeAnswer {
  ids: Uint32Array;
  lengths: Uint32Array;
}

const encoder = loadEncoder(String(workerData));
encoder.catch(() => {}); // Reported with each request.

parentPort?.on('message', (texts: EncodeRequest) => {
  encoder
    .then(({ encode }) => {
      const lengths = new Uint32Array(texts.length);
      const all: number[] = [];
      for (const [at, text] of texts.entries()) {
        const ids = encode(text);
        for (const id of ids) all.push(id);
        lengths[at] = ids.length;
      }
      return { ids: Uint32Array.from(all), lengths };
    })
    .then(
      (answer) => parentPort?.postMessage({ ok: true, answer } satisfies WorkerReply<EncodeAnswer>),
      (error: unknown) =>
        parentPort?.postMessage({
          ok: false,
          message: error instanceof Error ? error.message : String(error),
        } satisfies WorkerReply<EncodeAnswer>),
    );
});
