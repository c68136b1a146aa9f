// Worker thread of the generating job: makes samples of answers and writes them to the table, so that the thread that
// speaks with the endpoints does nothing else. Orders come and are done one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { openTokenCounter } from '../corpus/index.ts';
import { openSampleWriter, type SampleWriter, StoreUnavailable } from '../samples/index.ts';
import { sampleTotals } from '../samples/sampleTotals.ts';
import {
  type CountsTokens,
  type DerivedRequest,
  DocumentVerdicts,
  derivedFrom,
  failedSample,
  LeakGate,
  type LeakWarning,
  methodsFor,
  type PlannedMethod,
} from '../synth/index.ts';
import type { AnswerOnWire, DocumentOnWire, SampleNews, SampleOrder, SampleThreadData } from './sampleMessages.ts';
import { SampleTally } from './sampleTally.ts';

const data: SampleThreadData = workerData;
const tell = (news: SampleNews) => parentPort?.postMessage(news);
const uncounted: CountsTokens = { count: () => 0 };

class SampleThread {
  readonly #writer: SampleWriter;
  /** Loaded for the first answer: a resume that finds everything done needs no vocabulary here. */
  #tokens: CountsTokens | undefined;
  readonly #gate = new LeakGate(data.questions);
  readonly #methods: PlannedMethod[] = methodsFor(data.profile).map((method, index) => ({
    method,
    options: data.options[index],
    index,
  }));
  readonly #documents = new Map<number, DocumentOnWire>();
  /** Document id → verdicts so far. */
  readonly #verdicts = new Map<string, DocumentVerdicts>();
  #tally = new SampleTally({ accepted: 0, rejected: {} });

  constructor(writer: SampleWriter) {
    this.#writer = writer;
  }

  async follow(order: SampleOrder): Promise<void> {
    switch (order.do) {
      case 'derive': {
        this.#tokens ??= await openTokenCounter(data.tokenizer);
        const tokens = this.#tokens;
        for (const document of order.documents) this.#documents.set(document.key, document);
        tell({
          is: 'derived',
          answers: order.answers.length,
          warnings: order.answers.flatMap((answer) => this.#derive(answer, answer.recalled ? uncounted : tokens)),
          totals: this.#tally.totals,
        });
        await this.#writing();
        return;
      }
      case 'forget':
        this.#verdicts.delete(order.document);
        for (const key of order.keys) this.#documents.delete(key);
        return;
      case 'put':
        this.#writer.put(order.samples);
        this.#writer.amend(order.amended);
        this.#writer.remove(order.answered.map(failedSample));
        await this.#writing();
        return;
      case 'cover':
        this.#writer.covered(order.position);
        return;
      case 'flush':
        await this.#writer.flush();
        this.#tally = new SampleTally(await sampleTotals(data.lance));
        tell({ is: 'flushed', totals: this.#tally.totals });
        return;
      case 'close':
        await this.#writer.close();
        tell({ is: 'closed' });
    }
  }

  /** The table's writes end in turns of the event loop, which orders one after the other would never leave to them. */
  async #writing(): Promise<void> {
    await new Promise(setImmediate);
    await this.#writer.room();
  }

  #derive(answer: AnswerOnWire, tokens: CountsTokens): LeakWarning[] {
    const request = this.#requestOf(answer);
    const document = request.document.document.id;
    let verdicts = this.#verdicts.get(document);
    if (verdicts === undefined) {
      verdicts = new DocumentVerdicts(this.#gate);
      this.#verdicts.set(document, verdicts);
    }
    const seen = verdicts.warnings.length;
    const { samples, amended } = derivedFrom(verdicts, request, answer.completion, { tokens, toy: data.toy });
    if (answer.recalled) return [];
    this.#writer.put(samples);
    this.#writer.amend(amended);
    if (answer.completion.error === null) this.#tally.forgetFailed(this.#writer.remove([failedSample(request.id)]));
    this.#tally.put(samples);
    this.#tally.amend(amended);
    return verdicts.warnings.slice(seen);
  }

  #requestOf({ document: key, method, stage: stageIndex, draft, ...answer }: AnswerOnWire): DerivedRequest {
    const document = this.#documents.get(key);
    const planned = this.#methods[method];
    const stage = planned?.method.stages[stageIndex];
    if (!document || !planned || !stage) throw new Error(`request ${answer.id} names what this thread does not know`);
    const window = document.document.windows.find(({ index }) => index === draft.window);
    const inputs =
      draft.inputs.document === undefined ? draft.inputs : { ...draft.inputs, document: window?.text ?? '' };
    return {
      id: answer.id,
      method: planned.method.id,
      model: answer.model,
      order: answer.order,
      place: { planned, stage, stageIndex },
      draft: { ...draft, inputs },
      document,
      template: { params: { max_tokens: answer.maxTokens } },
    };
  }
}

function failed(error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in known && typeof known.code === 'string' ? known.code : undefined;
  const unavailable = known instanceof StoreUnavailable ? known.reason : undefined;
  const message = unavailable ? known.message : (known.stack ?? known.message);
  tell({ is: 'failed', message, code, unavailable });
}

async function start(): Promise<SampleThread> {
  const writer = await openSampleWriter({ lance: data.lance, basis: data.basis, fresh: data.fresh });
  tell({ is: 'opened', position: writer.position });
  return new SampleThread(writer);
}

const thread = start();
let last: Promise<unknown> = thread.catch(failed);
parentPort?.on('message', (order: SampleOrder) => {
  last = last.then(() => thread.then((ready) => ready.follow(order))).catch(failed);
});
