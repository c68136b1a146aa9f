import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, describe, expect, it } from 'vitest';
import { builtinTokenizerFile, userCacheFolder } from '../../../src/engine/llm/builtin/index.ts';
import { loadEncoder } from '../../../src/engine/mix/encoder.ts';
import { TokenCache } from '../../../src/engine/mix/tokenCache.ts';
import { byteTokenizer, tokenizerConfig } from './mixProject.ts';

const folder = mkdtempSync(join(tmpdir(), 'smt-encoder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The byte tokenizer with merges inside words and over the space before one. */
function withMerges(): string {
  const described = JSON.parse(byteTokenizer());
  const merges = ['t h', 'th e', 'Ġ the', 'i s', 'Ġ is', 'o n', 'e r', ". '"];
  described.model.merges = merges;
  for (const [at, merge] of merges.entries()) described.model.vocab[merge.replace(' ', '')] = 300 + at;
  return JSON.stringify(described);
}

const TEXTS = [
  'the other one is theirs. Is it? 12 is 3 on the  other  side',
  'Two\n\nlines,\twith "quotes" — and dashes… naïve café 日本語 👩‍🚀 done',
  ' leading and trailing ',
  'edge of control <|user|> tokens<|end|> in the text',
  `${'x'.repeat(5000)} ${' '.repeat(3000)} end`,
];

describe('the encoder', () => {
  it('gives the ids of the tokenizer itself, though it remembers pieces of texts', async () => {
    writeFileSync(join(folder, 'tokenizer.json'), withMerges());
    writeFileSync(join(folder, 'tokenizer_config.json'), tokenizerConfig);
    const encoder = await loadEncoder(join(folder, 'tokenizer.json'));
    const plain = new Tokenizer(JSON.parse(withMerges()), {});
    for (const text of TEXTS) {
      const ids = encoder.encode(text);
      expect(ids).toEqual(plain.encode(text, { add_special_tokens: false }).ids);
      expect(encoder.decode(ids)).toBe(text);
    }
    expect(encoder.encode('')).toEqual([]);
    expect(encoder).toMatchObject({ vocabulary: 308, special: ['<|end|>', '<|user|>', '<|assistant|>'] });
  });

  it('does so with the vocabulary of the built-in student on the sample corpus', async ({ skip }) => {
    const file = builtinTokenizerFile(userCacheFolder());
    if (!existsSync(file)) return skip('the built-in model is not set up on this machine');
    const encoder = await loadEncoder(file);
    const plain = new Tokenizer(JSON.parse(readFileSync(file, 'utf8')), {});
    const texts = globSync('sample-corpus/**/*.{md,txt,html}', { cwd: join(import.meta.dirname, '../../..') });
    expect(texts.length).toBeGreaterThan(0);
    for (const name of texts) {
      const text = readFileSync(join(import.meta.dirname, '../../..', name), 'utf8');
      expect(encoder.encode(text)).toEqual(plain.encode(text, { add_special_tokens: false }).ids);
      expect(encoder.decode(encoder.encode(text))).toBe(text);
    }
  });
});

describe('the token cache', () => {
  it('keeps ids beyond 16 bits where the vocabulary has them, and finds them again after a reopening', async () => {
    for (const [vocabulary, largest] of [
      [50_000, 49_999],
      [150_000, 149_999],
    ] as const) {
      const place = join(folder, `cache-${vocabulary}`);
      const cache = await TokenCache.open(place, vocabulary);
      const key = Uint32Array.from([1, 2, 3, 4]);
      await cache.add(key, Uint32Array.from([5, largest, 7]), 1);
      await cache.add(Uint32Array.from([9, 9, 9, 9]), Uint32Array.from([8]), 0);
      expect(() => cache.read(0, 3)).toThrow(/before they were written/);
      await cache.close();
      const again = await TokenCache.open(place, vocabulary);
      expect(again.find(key)).toEqual({ at: 0, length: 3, prompt: 1 });
      expect([...again.read(0, 3)]).toEqual([5, largest, 7]);
      expect(again.find(Uint32Array.from([1, 2, 3, 5]))).toBeUndefined();
      expect(again.texts).toBe(2);
      await again.close();
    }
  });
});
