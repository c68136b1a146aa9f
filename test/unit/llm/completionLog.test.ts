import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompletionLine } from '../../../src/contract/completion.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { CompletionLog } from '../../../src/engine/llm/completionLog.ts';
import { requestId } from '../../../src/engine/llm/requestId.ts';
import { RequestStore } from '../../../src/engine/llm/requestStore.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smt-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function line(
  name: string,
  smt: Partial<CompletionLine['smt']> = {},
  error: CompletionLine['error'] = null,
): CompletionLine {
  return {
    id: null,
    custom_id: contentHash(name),
    response: error
      ? null
      : { status_code: 200, request_id: null, body: { choices: [{ message: { content: `“${name}” ü` } }] } },
    error,
    smt: {
      v: 1,
      attempt: 1,
      endpoint: 'e',
      ms: 3,
      cost: 0.001,
      run: 'r',
      at: 1,
      input_tokens: 10,
      output_tokens: 5,
      ...smt,
    },
  };
}
const id = contentHash;

async function write(names: string[], options = {}): Promise<void> {
  const log = await CompletionLog.openForWriting(folder, options);
  for (const name of names) log.append(line(name));
  await log.close();
}

describe('the completion log', () => {
  it('gives back what was appended, in this process and the next', async () => {
    await write(['a', 'b', 'c']);
    const log = await CompletionLog.open(folder);
    expect(log.size).toBe(3);
    expect(log.has(id('b'))).toBe(true);
    expect(log.has(id('x'))).toBe(false);
    expect(await log.read(id('b'))).toEqual(line('b'));
    expect(await log.read(id('x'))).toBeUndefined();
    expect([...log.ids()]).toEqual(['a', 'b', 'c'].map(id));
    await log.close();
  });

  it('is OpenAI batch output, one JSON object a line', async () => {
    await write(['a']);
    const text = await readFile(join(folder, 'completions-00001.jsonl'), 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual(line('a'));
  });

  it('says that a line is written only when another process can read it', async () => {
    const log = await CompletionLog.openForWriting(folder);
    await new Promise<void>((written) => log.append(line('a'), () => written()));
    expect(await readFile(join(folder, 'completions-00001.jsonl'), 'utf8')).toContain(id('a'));
    await log.close();
  });

  it('adds up what was spent over all runs; a duplicate was paid as well', async () => {
    await write(['a', 'b']);
    await write(['b']);
    const log = await CompletionLog.open(folder);
    expect(log.size).toBe(2);
    expect(log.spend).toEqual({ inputTokens: 30, outputTokens: 15, cost: expect.closeTo(0.003) });
    await log.close();
  });

  it('has no cost in all once one line has no price', async () => {
    const log = await CompletionLog.openForWriting(folder);
    log.append(line('a'));
    log.append(line('b', { cost: null }));
    await log.close();
    const reader = await CompletionLog.open(folder);
    expect(reader.spend.cost).toBeNull();
    expect(reader.knownCost).toBeCloseTo(0.001);
    await reader.close();
  });

  it('keeps the first answer, and an answer rather than a failure', async () => {
    const log = await CompletionLog.openForWriting(folder);
    const failure = { code: '400', message: 'too long' };
    log.append(line('a', { attempt: 1 }));
    log.append(line('a', { attempt: 2 }));
    log.append(line('b', {}, failure));
    log.append(line('b', { attempt: 3 }));
    log.append(line('c', {}, failure));
    await log.close();
    const reader = await CompletionLog.open(folder);
    expect((await reader.read(id('a')))?.smt.attempt).toBe(1);
    expect((await reader.read(id('b')))?.smt.attempt).toBe(3);
    expect([reader.state(id('b')), reader.state(id('c')), reader.state(id('d'))]).toEqual([
      'answered',
      'failed',
      undefined,
    ]);
    await reader.close();
  });

  it('starts a new shard when one has grown past its size', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    for (const name of names) await write([name], { shardBytes: 2000 });
    expect((await readdir(folder)).filter((file) => file.endsWith('.jsonl')).length).toBeGreaterThan(3);
    const log = await CompletionLog.open(folder);
    expect(log.size).toBe(40);
    for (const name of names) expect((await log.read(id(name)))?.custom_id).toBe(id(name));
    await log.close();
  });
});

describe('a log that was hurt', () => {
  const shard = () => join(folder, 'completions-00001.jsonl');

  it('loses nothing but the torn line, and only the writer cuts it', async () => {
    await write(['a', 'b']);
    await appendFile(shard(), '{"id":null,"custom_id":"0123');
    const size = (await stat(shard())).size;
    const reader = await CompletionLog.open(folder);
    expect(reader.size).toBe(2);
    await reader.close();
    expect((await stat(shard())).size).toBe(size);
    const writer = await CompletionLog.openForWriting(folder);
    expect(writer.repairedBytes).toBe(28);
    writer.append(line('c'));
    await writer.close();
    const text = await readFile(shard(), 'utf8');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((one) => JSON.parse(one).custom_id),
    ).toEqual(['a', 'b', 'c'].map(id));
  });

  it('keeps a last line that lacks only its newline', async () => {
    await write(['a', 'b']);
    await truncate(shard(), (await stat(shard())).size - 1);
    await write(['c']);
    const log = await CompletionLog.open(folder);
    expect([...log.ids()]).toEqual(['a', 'b', 'c'].map(id));
    await log.close();
  });

  it('reads past a damaged line in the middle and says where it is', async () => {
    await write(['a']);
    const { size } = await stat(shard());
    await appendFile(shard(), 'not json\n');
    await appendFile(shard(), `${JSON.stringify(line('b'))}\n`);
    const log = await CompletionLog.open(folder);
    expect(log.size).toBe(2);
    expect(log.malformed).toEqual([{ file: 'completions-00001.jsonl', offset: size }]);
    await log.close();
    await write(['c']);
    const again = await CompletionLog.open(folder);
    expect([...again.ids()].sort()).toEqual(['a', 'b', 'c'].map(id).sort());
    expect((await again.read(id('c')))?.custom_id).toBe(id('c'));
    await again.close();
  });

  it.each([
    ['missing', (file: string) => rm(file)],
    ['cut in the middle of a record', async (file: string) => truncate(file, (await stat(file)).size - 7)],
    ['empty', (file: string) => truncate(file, 0)],
    ['garbage', (file: string) => writeFile(file, Buffer.alloc(200, 'x'))],
    [
      'of another shard',
      async (file: string) => {
        const bytes = await readFile(file);
        bytes.fill(7, 16, 32);
        await writeFile(file, bytes);
      },
    ],
  ])('rebuilds an index that is %s', async (_, damage) => {
    await write(['a', 'b', 'c']);
    await damage(join(folder, 'index', 'completions-00001.idx'));
    const reader = await CompletionLog.open(folder);
    expect([...reader.ids()]).toEqual(['a', 'b', 'c'].map(id));
    await reader.close();
    await write(['d']);
    const log = await CompletionLog.open(folder);
    expect([...log.ids()]).toEqual(['a', 'b', 'c', 'd'].map(id));
    expect(log.spend.inputTokens).toBe(40);
    expect(await log.read(id('d'))).toEqual(line('d'));
    await log.close();
  });

  it('does not trust an index longer than its shard', async () => {
    await write(['a', 'b', 'c']);
    const text = await readFile(shard(), 'utf8');
    await writeFile(shard(), `${text.split('\n')[0]}\n`);
    const log = await CompletionLog.open(folder);
    expect([...log.ids()]).toEqual([id('a')]);
    await log.close();
  });

  it('written by a newer version is refused with what to do', async () => {
    await write(['a']);
    const newer = { ...line('b'), smt: { ...line('b').smt, v: 2 } };
    await appendFile(shard(), `${JSON.stringify(newer)}\n`);
    await expect(CompletionLog.open(folder)).rejects.toThrow(/newer version.*Update/);
  });
});

describe('a reader beside the writer', () => {
  it('sees new lines after refresh, and scans on from where it was', async () => {
    const writer = await CompletionLog.openForWriting(folder, { shardBytes: 3000 });
    writer.append(line('a'));
    await writer.written();
    const reader = await CompletionLog.open(folder);
    const seen: string[] = [];
    let position = {};
    const follow = async () => {
      for await (const batch of reader.scan(position)) {
        seen.push(...batch.lines.map((one) => one.custom_id));
        position = batch.position;
      }
    };
    await follow();
    for (let index = 0; index < 30; index++) {
      writer.append(line(`n${index}`));
      await writer.written();
    }
    expect(await reader.refresh()).toBe(30);
    await follow();
    await follow();
    expect(seen).toEqual(['a', ...Array.from({ length: 30 }, (_, index) => `n${index}`)].map(id));
    await writer.close();
    expect(await reader.refresh()).toBe(0);
    expect(reader.spend.inputTokens).toBe(310);
    await reader.close();
  });
});

describe('the request store', () => {
  const request = (name: string, text: string) => ({
    v: 1 as const,
    id: id(name),
    method: 'qa',
    stage: 'qa',
    document: 'a.md',
    window: 0,
    replica: 0,
    template: id('t'),
    inputs: { document: id(text) },
    model: 'm',
    params: { temperature: 1 },
  });

  it('keeps each text and each request once, over runs', async () => {
    for (let run = 0; run < 2; run++) {
      const store = await RequestStore.openForWriting(folder);
      for (const name of ['r1', 'r2', 'r1']) {
        store.addText('The text of a document.');
        store.addRequest(request(name, 'The text of a document.'));
      }
      await store.close();
    }
    const read = async (file: string) => (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
    expect(await read('requests-00001.jsonl')).toHaveLength(2);
    expect(await read('texts-00001.jsonl')).toHaveLength(1);
    const store = await RequestStore.open(folder);
    expect(await store.request(id('r2'))).toEqual(request('r2', 'The text of a document.'));
    expect(await store.text(id('The text of a document.'))).toBe('The text of a document.');
    expect(await store.text(id('another'))).toBeUndefined();
    await store.close();
  });

  it('has a request on disk before its completion', async () => {
    const store = await RequestStore.openForWriting(join(folder, 'requests'));
    const log = await CompletionLog.openForWriting(join(folder, 'completions'), { after: [store.writer] });
    for (let index = 0; index < 50; index++) {
      store.addText(`text ${index}`);
      store.addRequest(request(`n${index}`, `text ${index}`));
      await new Promise<void>((written, failed) => {
        log.append(line(`n${index}`), (error) => (error ? failed(error) : written()));
      });
      expect(await readFile(join(folder, 'requests', 'requests-00001.jsonl'), 'utf8')).toContain(id(`n${index}`));
      expect(await readFile(join(folder, 'requests', 'texts-00001.jsonl'), 'utf8')).toContain(id(`text ${index}`));
    }
    await log.close();
    await store.close();
  });
});

describe('a request id', () => {
  const base = {
    template: id('t'),
    inputs: { document: id('d'), title: id('x') },
    model: 'm',
    params: { temperature: 1, top_p: 0.9 },
    replica: 0,
  };

  it('is the same for the same request, in whatever order its parts are named', () => {
    const turned = {
      ...base,
      inputs: { title: id('x'), document: id('d') },
      params: { top_p: 0.9, temperature: 1, stop: undefined },
    };
    expect(requestId(turned)).toBe(requestId(base));
    expect(requestId(base)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('differs with everything that decides the answer', () => {
    const others = [
      { ...base, template: id('t2') },
      { ...base, inputs: { document: id('d2'), title: id('x') } },
      { ...base, inputs: { document: id('x'), title: id('d') } },
      { ...base, model: 'm2' },
      { ...base, params: { temperature: 0.5, top_p: 0.9 } },
      { ...base, schema: id('s') },
      { ...base, replica: 1 },
    ];
    expect(new Set([base, ...others].map(requestId)).size).toBe(8);
  });
});
