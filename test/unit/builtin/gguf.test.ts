import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readGguf } from '../../../src/engine/llm/builtin/gguf.ts';
import { BuiltinProblem } from '../../../src/engine/llm/builtin/index.ts';
import { isSmall, serverSettings } from '../../../src/engine/llm/builtin/serverSettings.ts';

const folder = mkdtempSync(join(tmpdir(), 'gguf-'));

/** A GGUF header, version 3, with texts, numbers, a list of texts, and one tensor. */
function ggufFile(name: string, shape: readonly number[], numbers: Readonly<Record<string, number>> = {}): string {
  const parts: Buffer[] = [];
  const u32 = (value: number) => parts.push(Buffer.from(Uint32Array.of(value).buffer));
  const u64 = (value: number) => parts.push(Buffer.from(BigUint64Array.of(BigInt(value)).buffer));
  const text = (value: string) => {
    u64(Buffer.byteLength(value));
    parts.push(Buffer.from(value));
  };
  parts.push(Buffer.from('GGUF'));
  u32(3);
  u64(1);
  u64(2 + Object.keys(numbers).length);
  text('general.architecture');
  u32(8);
  text('llama');
  text('tokenizer.ggml.tokens');
  u32(9);
  u32(8);
  u64(2);
  text('<s>');
  text('né');
  for (const [key, value] of Object.entries(numbers)) {
    text(key);
    u32(4);
    u32(value);
  }
  text('output.weight');
  u32(shape.length);
  for (const size of shape) u64(size);
  u32(0);
  u64(0);
  const file = join(folder, name);
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

describe('a GGUF file', () => {
  test('its metadata and number of weights are read without the weights', () => {
    const { metadata, parameters } = readGguf(ggufFile('tiny.gguf', [64, 32], { 'llama.context_length': 4096 }));
    expect(metadata.get('general.architecture')).toBe('llama');
    expect(metadata.get('tokenizer.ggml.tokens')).toEqual(['<s>', 'né']);
    expect(metadata.get('llama.context_length')).toBe(4096);
    expect(parameters).toBe(2048);
  });

  test.each([
    ['another file', Buffer.from('PK\u0003\u0004 a zip file, say')],
    ['one cut short', Buffer.concat([Buffer.from('GGUF\u0003\0\0\0'), Buffer.alloc(10)])],
    ['one that names impossible sizes', Buffer.concat([Buffer.from('GGUF\u0003\0\0\0'), Buffer.alloc(16, 0xff)])],
  ])('%s is refused, naming the file', (_, bytes) => {
    const file = join(folder, 'bad.gguf');
    writeFileSync(file, bytes);
    expect(() => readGguf(file)).toThrow(BuiltinProblem);
    expect(() => readGguf(file)).toThrow(file);
  });

  test('one that is not there is refused', () => {
    expect(() => readGguf(join(folder, 'none.gguf'))).toThrow(/cannot be used as the built-in model/);
  });
});

describe('how a server is started', () => {
  const numbers = {
    'llama.context_length': 8192,
    'llama.block_count': 30,
    'llama.embedding_length': 576,
    'llama.attention.head_count': 9,
    'llama.attention.head_count_kv': 3,
  };
  const small = readGguf(ggufFile('small.gguf', [1_000, 135_000], numbers));
  const large = readGguf(ggufFile('large.gguf', [100_000, 70_000], { ...numbers, 'llama.embedding_length': 4608 }));
  const machine = { cores: 4, idle: 1, freeBytes: 16e9 };

  test('below three billion weights a model takes the small prompts', () => {
    expect([isSmall(small), isSmall(large)]).toEqual([true, false]);
  });
  test('eight slots where memory allows, four where not', () => {
    expect(serverSettings(small, { small: true }, machine)).toMatchObject({ slots: 8, context_tokens: 2048 });
    expect(serverSettings(small, { small: true }, { ...machine, freeBytes: 3e8 }).slots).toBe(4);
  });
  test('a thread for each core that is free but one, one at least', () => {
    const threads = (idle: number) => serverSettings(small, { small: true }, { ...machine, idle }).threads;
    expect([threads(1), threads(0.5), threads(0)]).toEqual([3, 1, 1]);
  });
  test('no more context than the model was trained with', () => {
    expect(serverSettings(large, { small: false }, machine).context_tokens).toBe(8192);
    expect(serverSettings(large, { small: false, contextTokens: 4000 }, machine).context_tokens).toBe(4000);
  });
});
