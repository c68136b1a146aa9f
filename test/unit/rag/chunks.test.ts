import { describe, expect, it } from 'vitest';
import type { CorpusDocument } from '../../../src/contract/corpus.ts';
import { chunkHeader } from '../../../src/engine/rag/chunks/chunkHeader.ts';
import { chunkAt, documentHash, pageOf } from '../../../src/engine/rag/chunks/documentChunks.ts';
import { splitRecursively } from '../../../src/engine/rag/chunks/splitRecursively.ts';
import { seededNumbers } from './ragProject.ts';

const characters = (text: string) => text.length;
const wordsAndMarks = (text: string) => text.match(/\w+|[^\w\s]/g)?.length ?? 0;

const document: CorpusDocument = {
  v: 1,
  id: 'docs/REPORT_2023_10K.pdf',
  path: 'docs/REPORT_2023_10K.pdf',
  format: 'pdf',
  title: 'Form 10-K',
  metadata: {},
  characters: 100,
  tokens: { tokens: 20, exact: true, by: 'test' },
  text_hash: 'abc',
  windows: 1,
};

/** Texts of paragraphs, hard-wrapped lines, long words, blank runs and characters outside the BMP. */
function randomText(random: () => number): string {
  const pieces = [
    'word ',
    'Antidisestablishment. ',
    'two words, and more. ',
    '\n',
    '\n\n',
    '  \n \n',
    '🙂🙃 ',
    'x'.repeat(90),
    '東京。',
    '. ',
    '\t',
  ];
  return Array.from(
    { length: 5 + Math.floor(random() * 120) },
    () => pieces[Math.floor(random() * pieces.length)],
  ).join('');
}

describe('recursive chunks', () => {
  it.each([
    ['characters', characters],
    ['tokens', wordsAndMarks],
  ])(
    'by %s: none is too long, none overlaps, nothing but white space is left out, on 300 random texts',
    (_, measure) => {
      const random = seededNumbers(7);
      for (let round = 0; round < 300; round += 1) {
        const text = randomText(random);
        const size = 8 + Math.floor(random() * 60);
        let end = 0;
        for (const span of splitRecursively(text, { size, overlap: 0, measure })) {
          const chunk = text.slice(span.start, span.end);
          expect(measure(chunk)).toBeLessThanOrEqual(size);
          expect(chunk).toBe(chunk.trim());
          expect(chunk).not.toBe('');
          expect(text.slice(end, span.start).trim()).toBe('');
          expect(chunk).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
          end = span.end;
        }
        expect(text.slice(end).trim()).toBe('');
      }
    },
  );

  it('shares at most the overlap with the chunk before, at a word, and stays within the size', () => {
    const text = Array.from({ length: 200 }, (_, at) => `word${at}`).join(' ');
    const spans = splitRecursively(text, { size: 100, overlap: 30, measure: characters });
    expect(spans.length).toBeGreaterThan(10);
    for (const [at, span] of spans.entries()) {
      expect(span.end - span.start).toBeLessThanOrEqual(100);
      const before = spans[at - 1];
      if (!before) continue;
      expect(before.end - span.start).toBeGreaterThan(0);
      expect(before.end - span.start).toBeLessThanOrEqual(30);
      expect(text.slice(span.start)).toMatch(/^word\d/);
      expect(text.charAt(span.start - 1)).toBe(' ');
    }
  });

  it('cuts at paragraphs before lines, at lines before sentences, at sentences before words', () => {
    const parts = (text: string, size: number) =>
      splitRecursively(text, { size, overlap: 0, measure: characters }).map(({ start, end }) => text.slice(start, end));
    expect(parts('One one.\ntwo two.\n\nThree three.', 20)).toEqual(['One one.\ntwo two.', 'Three three.']);
    expect(parts('One one one.\nTwo two. Three.', 16)).toEqual(['One one one.', 'Two two. Three.']);
    expect(parts('First is here. Second is here too.', 20)).toEqual(['First is here.', 'Second is here too.']);
    expect(parts('alpha beta gamma', 11)).toEqual(['alpha beta', 'gamma']);
  });

  it('gives nothing for a text without a word, and the whole of one that fits', () => {
    expect(splitRecursively(' \n\t\n ', { size: 10, overlap: 0, measure: characters })).toEqual([]);
    expect(splitRecursively('  short ', { size: 10, overlap: 0, measure: characters })).toEqual([{ start: 2, end: 7 }]);
  });
});

describe('what stands before a chunk', () => {
  it('is title, author, year, and company, type and period of a filing, then the name of the file', () => {
    expect(chunkHeader({ ...document, metadata: { author: 'A. Lunt', date: '2023-05-01' } })).toBe(
      'Form 10-K\nA. Lunt\n2023\nREPORT 2023 10-K',
    );
    expect(chunkHeader({ ...document, metadata: { company: 'Acme', doc_type: '10k', doc_period: '2022' } })).toBe(
      'Form 10-K\nAcme, 10k, 2022\nREPORT 2023 10-K',
    );
  });

  it('has a file name in words, as a question would say them, and no author who is nobody', () => {
    const named = (path: string, title = path.replace(/^.*\/|\.pdf$/g, '')) =>
      chunkHeader({ ...document, id: path, path, title, metadata: { author: 'anonymous' } });
    expect(named('docs/AMCOR_2023Q2_10Q.pdf')).toBe('AMCOR 2023 Q2 10-Q');
    expect(named('docs/AMCOR_2022_8K_dated-2022-07-01.pdf')).toBe('AMCOR 2022 8-K dated-2022-07-01');
    expect(named('docs/a.pdf', 'AMCOR_2023Q4_EARNINGS')).toBe('AMCOR 2023 Q4 EARNINGS');
    expect(named('docs/guide.pdf', 'The 3D guide of 1999')).toBe('The 3D guide of 1999');
  });

  it('says nothing twice, and not the file of a row, which is the same for all rows', () => {
    expect(chunkHeader({ ...document, title: 'report 2023 10k' })).toBe('report 2023 10k');
    expect(chunkHeader({ ...document, id: 'docs/all.jsonl#7', path: 'docs/all.jsonl', title: 'Seventh' })).toBe(
      'Seventh',
    );
  });

  it('is part of what a document is known by: another title makes other chunks', () => {
    expect(documentHash({ ...document, title: 'Form 8-K' })).not.toBe(documentHash(document));
    expect(documentHash({ ...document, tokens: { tokens: 9, exact: false, by: 'other' } })).toBe(
      documentHash(document),
    );
  });
});

describe('pages', () => {
  it('are 1-based and belong to where a chunk starts', () => {
    const pages = [0, 100, 100, 250];
    expect([0, 99, 100, 249, 250, 9000].map((offset) => pageOf(pages, offset))).toEqual([1, 1, 3, 3, 4, 4]);
    expect(pageOf(undefined, 5)).toBeUndefined();
    const chunk = chunkAt({ ...document, pages }, 'x'.repeat(300), { start: 120, end: 260 });
    expect(chunk).toMatchObject({ id: 'docs/REPORT_2023_10K.pdf:120-260', page: 3, start: 120, end: 260 });
    expect(chunk.text).toHaveLength(140);
  });
});
