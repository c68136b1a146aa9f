import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalised } from '../../../src/engine/rag/embed/embedder.ts';
import { reciprocalRankFusion } from '../../../src/engine/rag/search/reciprocalRank.ts';
import { bodyOf, type EmbeddedChunk } from '../../../src/engine/rag/store/chunkRow.ts';
import { ChunkTable, type Hit } from '../../../src/engine/rag/store/chunkTable.ts';
import { seededNumbers } from './ragProject.ts';

const DIMENSION = 32;
const CHUNKS = 1500;
/** Invented words that Snowball's English stemmer leaves as they are, so that the oracle needs none. */
const WORDS = [
  'zamo',
  'kelt',
  'brum',
  'flix',
  'dort',
  'wamp',
  'glin',
  'trob',
  'snar',
  'quid',
  'prax',
  'mulk',
  'vond',
  'hesk',
  'jorb',
];

const random = seededNumbers(11);
const rows: EmbeddedChunk[] = Array.from({ length: CHUNKS }, (_, at) => {
  const text = Array.from(
    { length: 3 + Math.floor(random() * 60) },
    () => WORDS[Math.floor(random() * random() * WORDS.length)],
  ).join(' ');
  const vector = normalised(Array.from({ length: DIMENSION }, () => random() - 0.5));
  if (!vector) throw new Error('a random vector has a direction');
  const document = `docs/${at % 40}.md`;
  return {
    chunk: {
      id: `${document}:${at}-${at + 1}`,
      document,
      title: 'T',
      start: at,
      end: at + 1,
      header: WORDS[at % 7] ?? '',
      text,
    },
    documentHash: 'h',
    vector,
  };
});

/** BM25 as Robertson and Lucene have it: k1 = 1.2, b = 0.75, idf = ln(1 + (N − n + ½) / (n + ½)), a repeated query word counts again. */
function bm25(query: string, limit: number, field: (chunk: EmbeddedChunk['chunk']) => string = bodyOf): Hit[] {
  const texts = rows.map(({ chunk }) => ({ id: chunk.id, words: field(chunk).split(/\s+/) }));
  const average = texts.reduce((sum, { words }) => sum + words.length, 0) / texts.length;
  const holding = new Map(
    query.split(' ').map((word) => [word, texts.filter(({ words }) => words.includes(word)).length]),
  );
  const scored = texts.map(({ id, words }) => {
    let score = 0;
    for (const word of query.split(' ')) {
      const n = holding.get(word) ?? 0;
      const frequency = words.filter((each) => each === word).length;
      const idf = Math.log(1 + (texts.length - n + 0.5) / (n + 0.5));
      score += (idf * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * words.length) / average));
    }
    return { id, score };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, limit);
}

function cosine(vector: Float32Array, limit: number): Hit[] {
  return rows
    .map(({ chunk, vector: other }) => ({
      id: chunk.id,
      score: other?.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0) ?? 0,
    }))
    .sort((one, other) => other.score - one.score)
    .slice(0, limit);
}

/** Same scores in the same order, and every chunk at its own score: ties may change places, nothing else. */
function sameRanking(found: readonly Hit[], oracle: readonly Hit[], all: readonly Hit[]): void {
  expect(found).toHaveLength(oracle.length);
  const scores = new Map(all.map(({ id, score }) => [id, score]));
  for (const [rank, { id, score }] of found.entries()) {
    expect(score).toBeCloseTo(oracle[rank]?.score ?? Number.NaN, 4);
    expect(score).toBeCloseTo(scores.get(id) ?? Number.NaN, 4);
  }
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
}

describe('ranking over real LanceDB', () => {
  let folder: string;
  let table: ChunkTable;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smt-rank-'));
    table = await ChunkTable.create(folder, 'chunks_test', rows.slice(0, 700));
    await table.add(rows.slice(700));
    await table.index(true);
  });
  afterAll(async () => {
    table.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['zamo', 'quid vond', 'jorb jorb kelt', 'hesk mulk prax brum', 'absent'])(
    'full text ranks "%s" as brute-force BM25 does',
    async (query) => {
      sameRanking((await table.matching({ text: query }, 128)).hits, bm25(query, 128), bm25(query, CHUNKS));
    },
  );

  it.each([
    ['zamo', 'quid vond'],
    ['dort', 'jorb jorb kelt'],
    ['hesk absent', 'mulk'],
    ['absent', 'prax'],
  ])(
    'words of the context "%s" add the BM25 of the header alone to that of "%s" in the whole',
    async (context, text) => {
      const sum = new Map(bm25(text, CHUNKS).map(({ id, score }) => [id, score]));
      for (const { id, score } of bm25(context, CHUNKS, ({ header }) => header))
        sum.set(id, (sum.get(id) ?? 0) + score);
      const all = [...sum].map(([id, score]) => ({ id, score })).sort((one, other) => other.score - one.score);
      sameRanking((await table.matching({ context, text }, 128)).hits, all.slice(0, 128), all);
    },
  );

  it('a context alone finds the chunks of its documents', async () => {
    const all = bm25('flix', CHUNKS, ({ header }) => header);
    sameRanking((await table.matching({ context: 'flix', text: '?' }, 64)).hits, all.slice(0, 64), all);
  });

  it('vectors: recall@8 of the search is 1 against brute force, with the same cosines, for 50 queries', async () => {
    for (let round = 0; round < 50; round += 1) {
      const query = normalised(Array.from({ length: DIMENSION }, () => random() - 0.5));
      if (!query) throw new Error('a random vector has a direction');
      const [{ hits: found }, oracle] = [await table.nearest(query, 8), cosine(query, 8)];
      expect(found.map(({ id }) => id)).toEqual(oracle.map(({ id }) => id));
      sameRanking(found, oracle, cosine(query, CHUNKS));
    }
  });

  it('stays right after documents are taken out and others come in: statistics are those of the whole table', async () => {
    await table.removeDocuments(['docs/3.md', "docs/it's.md"]);
    const without = rows.splice(0, rows.length, ...rows.filter(({ chunk }) => chunk.document !== 'docs/3.md'));
    expect(without.length).toBeGreaterThan(rows.length);
    const more = without.filter(({ chunk }) => chunk.document === 'docs/3.md').slice(0, 10);
    await table.add(more);
    rows.push(...more);
    await table.index(true);
    expect(await table.count()).toBe(rows.length);
    sameRanking(
      (await table.matching({ text: 'quid vond' }, 64)).hits,
      bm25('quid vond', 64),
      bm25('quid vond', rows.length),
    );
  });

  it('finds chunks by id, quotes and all, and leaves out what is not there', async () => {
    const [first, second] = rows;
    if (!first || !second) throw new Error('rows');
    const found = await table.chunks([second.chunk.id, "x' OR '1'='1", first.chunk.id]);
    expect([...found.keys()].sort()).toEqual([first.chunk.id, second.chunk.id].sort());
    expect(found.get(first.chunk.id)).toEqual(first.chunk);
  });
});

describe('more vectors than are compared one by one', () => {
  it('go into an IVF index, and 8 of the true 8 nearest are found in 19 of 20 cases', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'smt-ivf-'));
    const next = seededNumbers(5);
    const direction = () => Array.from({ length: DIMENSION }, () => next() - 0.5);
    // Texts of a corpus lie in groups, as its subjects do.
    const subjects = Array.from({ length: 60 }, direction);
    const near = () => {
      const subject = subjects[Math.floor(next() * subjects.length)] ?? [];
      return normalised(subject.map((value) => value + 0.35 * (next() - 0.5))) ?? new Float32Array();
    };
    const many: EmbeddedChunk[] = Array.from({ length: 12_000 }, (_, at) => ({
      chunk: { id: `d:${at}-9`, document: 'd', title: 'd', start: at, end: 9, header: '', text: `w${at}` },
      documentHash: 'h',
      vector: near(),
    }));
    const table = await ChunkTable.create(folder, 'chunks_many', many);
    await table.index(true, 1_000);
    let [found, wanted] = [0, 0];
    for (let round = 0; round < 40; round += 1) {
      const query = near();
      const oracle = await table.nearest(query, 8, Number.POSITIVE_INFINITY);
      const approximate = await table.nearest(query, 8, 1_000);
      const truth = new Set(oracle.hits.map(({ id }) => id));
      found += approximate.hits.filter(({ id }) => truth.has(id)).length;
      wanted += truth.size;
    }
    console.log(`recall@8 of the IVF index: ${(found / wanted).toFixed(3)}`);
    expect(found / wanted).toBeGreaterThanOrEqual(0.95);
    table.close();
    await rm(folder, { recursive: true, force: true });
  });
});

describe('full text as it is documented', () => {
  it('lower case, English stems, no stop words, accents folded; punctuation is no syntax', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'smt-fts-'));
    const texts = ['The RUNNERS were running', 'A café in Paris', 'nothing of interest'];
    const table = await ChunkTable.create(
      folder,
      'chunks_words',
      texts.map((text, at) => ({
        chunk: { id: `d:${at}-9`, document: 'd', title: 'd', start: at, end: 9, header: '', text },
        documentHash: 'h',
      })),
    );
    await table.index(false);
    const ids = async (query: string) => (await table.matching({ text: query }, 5)).hits.map(({ id }) => id);
    expect(await ids('run')).toEqual(['d:0-9']);
    expect(await ids('CAFE')).toEqual(['d:1-9']);
    expect(await ids('"paris" -nothing (^~*: AND')).toEqual(['d:1-9', 'd:2-9'].filter((id) => id !== '').sort());
    expect(await ids('the of in a')).toEqual([]);
    expect(await ids('?!')).toEqual([]);
    table.close();
    await rm(folder, { recursive: true, force: true });
  });
});

describe('reciprocal rank fusion', () => {
  it('adds 1 / (60 + rank) over the lists, best first, equal ones by id', () => {
    const hit = (id: string, score = 1): Hit => ({ id, score });
    const fused = reciprocalRankFusion([
      [hit('a', 9), hit('b', 8), hit('c', 7)],
      [hit('c', 0.9), hit('d', 0.8)],
    ]);
    expect(fused).toEqual([hit('c', 1 / 63 + 1 / 61), hit('a', 1 / 61), hit('b', 1 / 62), hit('d', 1 / 62)]);
  });

  it('equals the sum written out, for random lists', () => {
    const next = seededNumbers(3);
    const list = (): Hit[] => {
      const ids = Array.from({ length: 40 }, (_, at) => `c${at}`).sort(() => next() - 0.5);
      return ids.slice(0, 25).map((id) => ({ id, score: 0 }));
    };
    const lists = [list(), list()];
    const expected = new Map<string, number>();
    for (const each of lists)
      for (const [at, { id }] of each.entries()) expected.set(id, (expected.get(id) ?? 0) + 1 / (61 + at));
    const fused = reciprocalRankFusion(lists);
    expect(fused).toHaveLength(expected.size);
    for (const [at, { id, score }] of fused.entries()) {
      expect(score).toBeCloseTo(expected.get(id) ?? 0, 12);
      expect(score).toBeLessThanOrEqual(fused[at - 1]?.score ?? 1);
    }
  });
});
