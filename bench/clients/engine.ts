/**
 * The whole engine: ids, request store, dispatcher, completion log, parsing.
 * `node engine.cjs URL COUNT CONCURRENCY FOLDER [pool|sdk]`
 */
import { join } from 'node:path';
import type { ChatBody } from '../../src/contract/chat.ts';
import { contentHash } from '../../src/engine/contentHash.ts';
import {
  CompletionLog,
  type PlannedRequest,
  RequestStore,
  requestId,
  runRequests,
} from '../../src/engine/llm/index.ts';
import { documents, INSTRUCTION, mark, POOL } from '../documents.mjs';
import { report } from './report.mjs';

async function main(): Promise<void> {
  const [url = '', count = '0', concurrency = '0', folder = '', http = 'auto'] = process.argv.slice(2);
  const texts = documents();
  const hashes = texts.map((text) => contentHash(text));
  const template = contentHash(INSTRUCTION);
  const params = { max_tokens: 1024 };
  const store = await RequestStore.openForWriting(join(folder, 'requests'));
  const log = await CompletionLog.openForWriting(join(folder, 'completions'), { after: [store.writer] });

  const request = (index: number): PlannedRequest => {
    const document = index % POOL;
    const text = texts[document] ?? '';
    const inputs = { document: hashes[document] ?? '', mark: contentHash(mark(index)) };
    const id = requestId({ template, inputs, model: 'mock-model', params, replica: 0 });
    return {
      id,
      affinity: String(document),
      method: 'summary',
      body: (): ChatBody => ({
        model: 'mock-model',
        messages: [{ role: 'user', content: `${mark(index)} ${text}\n\n${INSTRUCTION}` }],
        max_tokens: 1024,
      }),
      line: () => ({
        v: 1,
        id,
        method: 'summary',
        stage: 'summary',
        document: `d${document}`,
        window: 0,
        replica: 0,
        template,
        inputs,
        model: 'mock-model',
        params,
      }),
      texts: () => [
        [inputs.document, text],
        [inputs.mark, mark(index)],
      ],
      reserve: { input: 1600, output: 1024 },
    };
  };

  let next = 0;
  let samples = 0;
  let rejected = 0;
  const started = report.start();
  const end = await runRequests({
    source: {
      next: () => {
        while (next < Number(count)) {
          const planned = request(next++);
          if (!log.has(planned.id)) return planned;
        }
        return 'end';
      },
      settle: (_, outcome) => {
        if (outcome.kind === 'answered' && isGood(outcome.completion.response?.body)) samples++;
        else rejected++;
      },
    },
    endpoints: [
      {
        id: 'mock',
        baseUrl: url,
        origin: new URL(url).origin,
        model: 'mock-model',
        key: 'x',
        timeoutMs: 60_000,
        maxConcurrency: Number(concurrency),
        local: true,
        price: { input: 1, output: 2 },
      },
    ],
    log,
    requests: store,
    budget: [{ name: 'run', cost: 1e6 }],
    run: 'bench',
    onState: () => {},
    http: http === 'sdk' || http === 'pool' ? http : 'auto',
  });
  await log.close();
  await store.close();
  report.end(started, samples, { end: end.kind, rejected });
}

function isGood(body: unknown): boolean {
  if (!body || typeof body !== 'object' || !('choices' in body) || !Array.isArray(body.choices)) return false;
  const choice: unknown = body.choices[0];
  return Boolean(choice && typeof choice === 'object' && 'finish_reason' in choice && choice.finish_reason === 'stop');
}

void main();
