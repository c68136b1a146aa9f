/**
 * How long a run of a million requests takes to find out that it is through, and with how much memory.
 * `node resume.cjs FOLDER COUNT`: writes the log on the first call, measures in a second process (`measure`).
 */
import { join } from 'node:path';
import { contentHash } from '../../src/engine/contentHash.ts';
import { CompletionLog, RequestStore, requestId, runRequests } from '../../src/engine/llm/index.ts';
import { report } from './report.mjs';

const template = contentHash('template');
const params = { max_tokens: 1024 };
const document = Array.from({ length: 2000 }, (_, index) => contentHash(`d${index}`));
const idOf = (index: number) =>
  requestId({
    template,
    inputs: { document: document[index % 2000] ?? '' },
    model: 'm',
    params,
    replica: Math.floor(index / 2000),
  });

async function write(folder: string, count: number): Promise<void> {
  const store = await RequestStore.openForWriting(join(folder, 'requests'));
  const log = await CompletionLog.openForWriting(join(folder, 'completions'), { after: [store.writer] });
  const content = 'A summary of the document that is as long as summaries are. '.repeat(20);
  for (let index = 0; index < count; index++) {
    const id = idOf(index);
    store.addRequest({
      v: 1,
      id,
      method: 'summary',
      stage: 'summary',
      document: `d${index % 2000}`,
      window: 0,
      replica: Math.floor(index / 2000),
      template,
      inputs: { document: document[index % 2000] ?? '' },
      model: 'm',
      params,
    });
    log.append({
      id: null,
      custom_id: id,
      response: {
        status_code: 200,
        request_id: null,
        body: { choices: [{ message: { content }, finish_reason: 'stop' }] },
      },
      error: null,
      smt: {
        v: 1,
        attempt: 1,
        endpoint: 'e',
        ms: 1,
        cost: 0.001,
        run: 'r',
        at: 1,
        input_tokens: 1500,
        output_tokens: 300,
      },
    });
    if (index % 2000 === 0) await log.written();
  }
  await log.close();
  await store.close();
}

async function measure(folder: string, count: number): Promise<void> {
  const started = report.start();
  const store = await RequestStore.openForWriting(join(folder, 'requests'));
  const log = await CompletionLog.openForWriting(join(folder, 'completions'), { after: [store.writer] });
  const open = (performance.now() - started.at) / 1000;
  let next = 0;
  let skipped = 0;
  const end = await runRequests({
    source: {
      next: () => {
        while (next < count) {
          if (!log.has(idOf(next++))) throw new Error('an answered request is missing');
          skipped++;
        }
        return 'end';
      },
      settle: () => {},
    },
    endpoints: [
      {
        id: 'e',
        baseUrl: 'http://127.0.0.1:9/v1',
        origin: 'http://127.0.0.1:9',
        model: 'm',
        timeoutMs: 1000,
        maxConcurrency: 8,
        local: true,
      },
    ],
    log,
    requests: store,
    run: 'bench',
  });
  report.end(started, skipped, {
    end: end.kind,
    open_s: Number(open.toFixed(2)),
    output_tokens: log.spend.outputTokens,
  });
  await log.close();
  await store.close();
}

const [folder = '', count = '0', mode] = process.argv.slice(2);
void (mode === 'measure' ? measure(folder, Number(count)) : write(folder, Number(count)));
