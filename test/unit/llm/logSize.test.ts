import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { CompletionLog } from '../../../src/engine/llm/completionLog.ts';

/** `npm run bench` does the same with 1,000,000. */
const COUNT = 200_000;

it(`a log of ${COUNT} answers opens without reading them, with tens of bytes of memory each`, {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'smt-size-'));
  try {
    const writer = await CompletionLog.openForWriting(folder, { shardBytes: 16 << 20 });
    const body = { choices: [{ finish_reason: 'stop', message: { content: 'x'.repeat(300) } }] };
    for (let index = 0; index < COUNT; index++) {
      writer.append({
        id: null,
        custom_id: contentHash(`${index}`),
        response: { status_code: 200, request_id: null, body },
        error: null,
        smt: { v: 1, attempt: 1, endpoint: 'e', ms: 1, cost: 0.5, run: 'r', at: 1, input_tokens: 2, output_tokens: 3 },
      });
      if (index % 5000 === 0) await writer.written();
    }
    await writer.close();

    const before = process.memoryUsage();
    const cpu = process.cpuUsage();
    const log = await CompletionLog.open(folder);
    const { user, system } = process.cpuUsage(cpu);
    const after = process.memoryUsage();
    expect(log.size).toBe(COUNT);
    expect(log.spend).toEqual({ inputTokens: 2 * COUNT, outputTokens: 3 * COUNT, cost: COUNT / 2 });
    expect(log.has(contentHash('123456'))).toBe(true);
    expect((await log.read(contentHash('123456')))?.custom_id).toBe(contentHash('123456'));
    // A fifth of the bars for a million: 2 s and 150 MB. Processor time, as other tests run beside this one.
    expect((user + system) / 1e6).toBeLessThan(2 / 5 + 0.6);
    expect((after.arrayBuffers - before.arrayBuffers) / 2 ** 20).toBeLessThan(60);
    await log.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
