import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTokenCounter, type TokenizerSearch } from '../../../src/engine/corpus/index.ts';
import { countByPieces, splitsAtSpaces } from '../../../src/engine/corpus/pieceCounts.ts';
import { folder } from './fixtures.ts';

/** A tokenizer of three words and "unknown", in the format of the `tokenizers` library. */
const threeWords = JSON.stringify({
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, salt: 1, sea: 2, '.': 3 }, unk_token: '[UNK]' },
});

async function open(search: Partial<TokenizerSearch> & { root: string }) {
  const counter = await openTokenCounter({
    student: { model: 'maker/student' },
    cacheDir: join(search.root, 'no-cache'),
    env: { HF_HOME: join(search.root, 'no-hub') },
    ...search,
  });
  onTestFinished(() => counter.close());
  return counter;
}

describe('whose tokens are counted', () => {
  test('a configured tokenizer.json, relative to the project or the folder that holds it', async () => {
    const root = folder({ 'tok/tokenizer.json': threeWords });
    for (const tokenizer of ['tok/tokenizer.json', 'tok', join(root, 'tok/tokenizer.json')]) {
      const counter = await open({ root, student: { model: 'maker/student', tokenizer } });
      expect(counter).toMatchObject({ exact: true, by: tokenizer });
      expect(counter.count('salt sea. anything')).toBe(4);
    }
  });

  test('the product’s cache, then the hub’s cache at the snapshot that main names', async () => {
    const root = folder({
      'cache/tokenizers/maker/student/tokenizer.json': threeWords,
      'hub/models--maker--other/refs/main': 'bbb',
      'hub/models--maker--other/snapshots/aaa/tokenizer.json': '{ "broken": ',
      'hub/models--maker--other/snapshots/bbb/tokenizer.json': threeWords,
    });
    const cached = await open({ root, cacheDir: join(root, 'cache') });
    expect(cached).toMatchObject({ exact: true, by: 'maker/student' });
    const hub = await open({ root, student: { model: 'maker/other' }, env: { HF_HUB_CACHE: join(root, 'hub') } });
    expect(hub).toMatchObject({ exact: true, by: 'maker/other' });
    const home = folder({ 'hub/models--maker--student/snapshots/only/tokenizer.json': threeWords });
    expect(await open({ root, env: { HF_HOME: home } })).toMatchObject({ exact: true });
  });

  test('a model that is a folder brings its own', async () => {
    const root = folder({ 'runs/one/tokenizer.json': threeWords });
    expect(await open({ root, student: { model: './runs/one' } })).toMatchObject({ exact: true, by: './runs/one' });
  });

  test('without one, a labelled estimate', async () => {
    const counter = await open({ root: folder() });
    expect(counter).toMatchObject({ exact: false, by: 'estimate (o200k)' });
    expect(counter.count('The sea is salt.')).toBe(5);
  });

  test('a configured one that is missing or broken is an estimate that says so', async () => {
    const root = folder({ 'broken.json': '{}' });
    mkdirSync(join(root, 'empty'));
    expect((await open({ root, student: { model: 'm/s', tokenizer: 'gone.json' } })).by).toMatch(
      /^estimate \(o200k\): .*"gone.json" is no file/,
    );
    const broken = await open({ root, student: { model: 'm/s', tokenizer: 'broken.json' } });
    expect(broken.exact).toBe(false);
    expect(broken.by).toMatch(/broken\.json cannot be used/);
  });

  test('a model name never leads out of the caches', async () => {
    const root = folder({ 'tokenizer.json': threeWords, 'cache/x.txt': '' });
    expect(await open({ root, student: { model: '../..' }, cacheDir: join(root, 'cache', 'a') })).toMatchObject({
      exact: false,
    });
    expect(await open({ root, student: { model: 'a/../../..' }, cacheDir: join(root, 'cache', 'a') })).toMatchObject({
      exact: false,
    });
  });

  test('the same vocabulary has the same id wherever it lies, another one another', async () => {
    const root = folder({
      'a/tokenizer.json': threeWords,
      'b/tokenizer.json': threeWords,
      'c/tokenizer.json': threeWords.replace('"sea"', '"see"'),
    });
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((tokenizer) => open({ root, student: { model: 'm/s', tokenizer } })),
    );
    expect(a?.id).toBe(b?.id);
    expect(a?.id).not.toBe(c?.id);
  });
});

describe('counting many texts', () => {
  test('workers count the same as the calling thread, in order', async () => {
    const root = folder({ 'tokenizer.json': threeWords });
    for (const student of [{ model: 'none/none' }, { model: 'm/s', tokenizer: 'tokenizer.json' }]) {
      const counter = await open({ root, student });
      const texts = Array.from({ length: 90 }, (_, at) => 'salt sea and ships. '.repeat(at * 10));
      expect(await counter.countAll(texts)).toEqual(texts.map((text) => counter.count(text)));
    }
  });

  test('special tokens in a document are text to the estimate, and an empty text has no tokens', async () => {
    const counter = await open({ root: folder() });
    expect(counter.count('<|endoftext|>')).toBeGreaterThan(1);
    expect(await counter.countAll(['', '<|im_end|>'])).toEqual([0, counter.count('<|im_end|>')]);
  });

  test('a megabyte without a space is counted in a moment', async () => {
    const counter = await open({ root: folder() });
    for (const unit of ['a', ' ', '=', 'é']) {
      const start = performance.now();
      expect(counter.count(unit.repeat(1_000_000))).toBeGreaterThan(5000);
      expect(performance.now() - start, JSON.stringify(unit)).toBeLessThan(10_000);
    }
  });

  test('counting stops when it is told to, and the counter can be used again', async () => {
    const counter = await open({ root: folder() });
    const texts = Array.from({ length: 40 }, () => 'some words of a long text '.repeat(8000));
    const stop = new AbortController();
    const counting = counter.countAll(texts, stop.signal);
    stop.abort();
    await expect(counting).rejects.toThrow(/abort/i);
    await expect(counter.countAll(['a'], stop.signal)).rejects.toThrow(/abort/i);
    expect(await counter.countAll([texts[0] ?? ''])).toEqual([counter.count(texts[0] ?? '')]);
  });
});

/** Byte-level BPE as GPT-2, Llama 3 and SmolLM have it, with a vocabulary of the visible bytes and a few merges. */
function byteLevel(more: object = {}): object {
  const visible = [...Array(94).keys(), ...Array(12).keys()].map((at, place) =>
    String.fromCodePoint(place < 94 ? 0x21 + at : 0xa1 + at),
  );
  const rest = [...Array(82).keys()].map((at) => String.fromCodePoint(0xae + at));
  const moved = [...Array(68).keys()].map((at) => String.fromCodePoint(0x100 + at));
  const merges = [
    't h',
    'th e',
    '\u0120 the',
    'o n',
    '\u010a \u010a',
    's a',
    'sa l',
    'sal t',
    '. \u010a',
    '\u0120 \u0120',
  ];
  const tokens = [...visible, ...rest, ...moved, ...merges.map((merge) => merge.replace(' ', ''))];
  return {
    version: '1.0',
    added_tokens: [{ id: 999, content: '<|im_end|>', special: true, lstrip: false, rstrip: false, single_word: false }],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
    ...more,
  };
}

describe('counting by remembered pieces', () => {
  const parts = [
    'the',
    'The',
    'salt',
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\r\n',
    '\t',
    '.',
    ',',
    "'s",
    '’',
    '<|im_end|>',
    '7',
    '2024',
  ].concat(['é', 'e\u0301', '\u0301', '漢字', '\u00a0', '\u3000', '/', '—', '😀', '(', 'http://x.y/z', '\u200b', 'ſ']);
  let state = 1;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const texts = Array.from({ length: 4000 }, () =>
    Array.from({ length: 1 + draw(30) }, () => parts[draw(parts.length)] ?? '').join(''),
  );

  test.each([
    ['o200k', (text: string) => countTokens(text, { disallowedSpecial: new Set<string>() })],
    ['byte-level BPE', wholeCount(byteLevel())],
  ])('gives what counting whole texts gives: %s', (_, count) => {
    const byPieces = countByPieces(count);
    for (const text of texts) expect(byPieces(text), JSON.stringify(text)).toBe(count(text));
  });

  test('is used only for tokenizers that cut at spaces whatever stands around them', () => {
    expect(splitsAtSpaces(byteLevel())).toBe(true);
    expect(splitsAtSpaces(byteLevel({ normalizer: { type: 'NFC' } }))).toBe(true);
    expect(splitsAtSpaces(byteLevel({ normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' } }))).toBe(
      false,
    );
    expect(splitsAtSpaces(byteLevel({ pre_tokenizer: { type: 'Metaspace' } }))).toBe(false);
    expect(splitsAtSpaces(byteLevel({ pre_tokenizer: null }))).toBe(false);
    expect(splitsAtSpaces(byteLevel({ pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }))).toBe(false);
    expect(splitsAtSpaces(byteLevel({ added_tokens: [{ content: '<mask>', lstrip: true }] }))).toBe(false);
    expect(splitsAtSpaces(byteLevel({ added_tokens: [{ content: 'two words' }] }))).toBe(false);
    expect(splitsAtSpaces(JSON.parse(threeWords))).toBe(false);
  });

  function wholeCount(described: object): (text: string) => number {
    const tokenizer = new Tokenizer(described, {});
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  }
});
