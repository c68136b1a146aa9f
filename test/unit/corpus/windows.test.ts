import { describe, expect, test } from 'vitest';
import { splitWindows, type TokenCounter } from '../../../src/engine/corpus/index.ts';
import { folder, scan } from './fixtures.ts';

/** A counter that a person can follow: one token a word. */
const words: TokenCounter = {
  id: 'words',
  by: 'words',
  exact: true,
  count: (text) => text.match(/\S+/g)?.length ?? 0,
  countAll: async (texts) => texts.map((text) => words.count(text)),
  close: async () => {},
};
const split = (text: string, maxTokens: number, overlapTokens: number) =>
  splitWindows(text, { maxTokens, overlapTokens, counter: words });

/** Reproducible pseudo-random numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

function someDocument(seed: number): string {
  const next = random(seed);
  const pick = (from: number, to: number) => from + Math.floor(next() * (to - from));
  const sentence = () =>
    `${Array.from({ length: pick(2, 40) }, () => 'w'.repeat(pick(1, 9))).join(next() < 0.1 ? '\n' : ' ')}${next() < 0.9 ? '.' : ''}`;
  const paragraph = () =>
    Array.from({ length: pick(1, 9) }, sentence)
      .map((text) => text.charAt(0).toUpperCase() + text.slice(1))
      .join(' ');
  return Array.from({ length: pick(5, 60) }, () => (next() < 0.15 ? `## ${sentence()}` : paragraph())).join('\n\n');
}

describe('windows', () => {
  test('a text that fits is one window over all of it, white space included', async () => {
    expect(await split(' one two \n', 2, 1)).toEqual([{ index: 0, start: 0, end: 10, tokens: 2 }]);
    expect(await split('', 5, 1)).toEqual([{ index: 0, start: 0, end: 0, tokens: 0 }]);
  });

  test('a window rather ends before a heading than before a paragraph, and there rather than before a sentence', async () => {
    const text = 'A a a a. B b b b.\n\nC c c c.\n\n## Head\n\nD d d d. E e e e.\n\nF f f f.';
    const [first] = await split(text, 17, 0);
    expect(text.slice(first?.start, first?.end)).toBe('A a a a. B b b b.\n\nC c c c.');
    const [paragraph] = await split(text.replace('## Head\n\n', ''), 15, 0);
    expect(text.slice(paragraph?.start, paragraph?.end)).toBe('A a a a. B b b b.\n\nC c c c.');
    const [sentence] = await split('A a a a. B b b b. C c c c.', 11, 0);
    expect(sentence).toMatchObject({ start: 0, end: 17, tokens: 8 });
  });

  test('neighbours share whole sentences up to the overlap', async () => {
    const text = 'Aa a a aa. Bb b b bb. Cc c c cc. Dd d d dd. Ee e e ee.';
    expect((await split(text, 12, 4)).map(({ start, end }) => text.slice(start, end))).toEqual([
      'Aa a a aa. Bb b b bb. Cc c c cc.',
      'Cc c c cc. Dd d d dd. Ee e e ee.',
    ]);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'always: within the limit, nothing lost, always forward (document %i)',
    async (seed) => {
      const text = someDocument(seed);
      const next = random(seed + 1000);
      const maxTokens = 8 + Math.floor(next() * 200);
      const overlapTokens = Math.floor(next() * maxTokens);
      const windows = await split(text, maxTokens, overlapTokens);
      let covered = 0;
      for (const [index, window] of windows.entries()) {
        const slice = text.slice(window.start, window.end);
        expect(window.index).toBe(index);
        expect(window.tokens).toBe(words.count(slice));
        expect(window.tokens).toBeLessThanOrEqual(maxTokens);
        expect(window.tokens).toBeGreaterThan(0);
        expect(text.slice(covered, window.start).trim()).toBe('');
        expect(window.end).toBeGreaterThan(covered);
        const previous = windows[index - 1];
        if (previous) {
          expect(window.start).toBeGreaterThan(previous.start);
          expect(words.count(text.slice(window.start, previous.end))).toBeLessThanOrEqual(maxTokens / 2);
        }
        covered = window.end;
      }
      expect(text.slice(covered).trim()).toBe('');
    },
  );

  test('a text without a full stop is cut at white space; without white space, between characters', async () => {
    const list = 'word '.repeat(1000);
    const windows = await split(list, 100, 10);
    expect(Math.max(...windows.map(({ tokens }) => tokens))).toBeLessThanOrEqual(100);
    expect(windows.every(({ start, end }) => /^word.*word$/.test(list.slice(start, end)))).toBe(true);

    const characters: TokenCounter = {
      ...words,
      count: (text) => [...text].length,
      countAll: async (texts) => texts.map((text) => [...text].length),
    };
    const blob = '🌊'.repeat(500);
    const cut = await splitWindows(blob, { maxTokens: 64, overlapTokens: 0, counter: characters });
    expect(cut.map(({ start, end }) => blob.slice(start, end)).join('')).toBe(blob);
    expect(cut.every(({ tokens, start, end }) => tokens <= 64 && tokens === (end - start) / 2)).toBe(true);
  });

  test('the same text gives the same windows', async () => {
    expect(await split(someDocument(3), 50, 10)).toEqual(await split(someDocument(3), 50, 10));
  });

  test('a long document of a corpus is split, its windows are kept, and other limits split it anew', async () => {
    const root = folder({
      'long.md': `# Long\n\n${'This is one more sentence of the book. '.repeat(600)}`,
      'short.md': 'Short.',
    });
    const corpus = await scan(root, { windowTokens: 1000, windowOverlapTokens: 50 });
    const [long, short] = corpus.documents;
    expect([long?.windows, short?.windows]).toEqual([6, 1]);
    const windows = await corpus.windows('long.md');
    const text = await corpus.text('long.md');
    expect(text.slice(windows[0]?.start, windows[0]?.end)).toMatch(/^# Long[\s\S]*book\.$/);
    expect(windows.at(-1)?.end).toBe(text.trimEnd().length);
    expect(await (await scan(root, { windowTokens: 1000, windowOverlapTokens: 50 })).windows('long.md')).toEqual(
      windows,
    );
    expect((await scan(root, { windowTokens: 3000 })).documents[0]?.windows).toBe(2);
    expect((await scan(root, { windowTokens: 12_000 })).documents[0]?.windows).toBe(1);
  });
});
