import { describe, expect, it } from 'vitest';
import { EVALUATION_VERSION, type EvaluatedQuestion } from '../../../src/contract/evaluation.ts';
import {
  IndexParams,
  measuredQuestions,
  mrrText,
  RetrievalSettings,
  type RetrievedChunk,
} from '../../../src/contract/retrieval.ts';
import { holds, measureQuality } from '../../../src/engine/rag/quality/measure.ts';
import { effectiveSettings } from '../../../src/engine/rag/settings.ts';

const chunk = (document: string, start: number, end: number, rank: number, page?: number): RetrievedChunk => ({
  id: `${document}:${start}-${end}`,
  ...{ document, title: document, start, end, header: '', text: 'x', rank },
  ...(page === undefined ? {} : { page }),
});
const question = (id: string, evidence: EvaluatedQuestion['evidence'], cluster = id): EvaluatedQuestion => ({
  ...{ v: EVALUATION_VERSION, id, benchmark: 'b', split: 'all', question: id, gold: 'g', document: cluster, cluster },
  ...(evidence ? { evidence } : {}),
});

describe('recall and MRR', () => {
  it('are the share of evidence in the first k chunks, and the reciprocal rank of the first that holds any', async () => {
    const found: Record<string, RetrievedChunk[]> = {
      one: [chunk('x', 0, 10, 1), chunk('d', 0, 100, 2), chunk('d', 200, 300, 3)],
      two: [chunk('x', 0, 10, 1)],
    };
    const quality = await measureQuality({
      benchmark: 'b',
      questions: [
        question('one', [
          { document: 'd', start: 10, end: 40 },
          { document: 'd', start: 210, end: 240 },
        ]),
        question('two', [{ document: 'd', start: 0, end: 5 }]),
        question('three', undefined),
      ],
      retriever: { retrieve: async (queries) => queries.map(({ text }) => found[text] ?? []) },
      settings: RetrievalSettings.parse({ top_k: 4 }),
    });
    expect(quality?.questions).toBe(2);
    expect(Object.entries(quality?.recall ?? {}).map(([k, { value }]) => [k, value])).toEqual([
      ['1', 0],
      ['2', 0.25],
      ['4', 0.5],
    ]);
    expect(quality?.mrr).toBe(0.25);
    expect(quality?.recall['4']?.ci95).not.toBeNull();
  });

  it('say how many questions they are about, their own interval, and what is found among the k that a prompt gets', async () => {
    const place = { document: 'd', start: 0, end: 10 };
    const quality = await measureQuality({
      benchmark: 'b',
      questions: [question('one', [place], 'd'), question('two', [place], 'e'), question('three', undefined)],
      retriever: {
        retrieve: async () => [
          [chunk('x', 0, 9, 1), chunk('x', 9, 19, 2), chunk('d', 0, 10, 3)],
          [chunk('d', 0, 10, 1)],
        ],
      },
      settings: RetrievalSettings.parse({ top_k: 32 }),
      used: 3,
    });
    expect(Object.keys(quality?.recall ?? {})).toEqual(['1', '2', '3', '4', '8', '16', '32']);
    expect([quality?.recall['2']?.value, quality?.recall['3']?.value]).toEqual([0.5, 1]);
    expect(quality && [measuredQuestions(quality), mrrText(quality)]).toEqual(['2 of 3', '0.667 (0.33–1.00)']);
    expect(mrrText({ mrr: 0.5, mrr_ci95: null })).toBe('0.500 (no interval)');
  });

  it('have no interval over one document, and are nothing where no evidence is known', async () => {
    const input = {
      benchmark: 'b',
      retriever: { retrieve: async () => [[chunk('d', 0, 10, 1)]] },
      settings: RetrievalSettings.parse({}),
    };
    const one = await measureQuality({ ...input, questions: [question('q', [{ document: 'd', start: 0, end: 10 }])] });
    expect(one?.recall['1']).toEqual({ value: 1, ci95: null });
    expect(await measureQuality({ ...input, questions: [question('q', undefined)] })).toBeUndefined();
  });

  it('count a page as found by any of its chunks, where pages are asked for', async () => {
    const input = {
      benchmark: 'b',
      questions: [question('q', [{ document: 'd', start: 150, end: 160 }])],
      retriever: { retrieve: async () => [[chunk('d', 0, 50, 1, 1), chunk('d', 100, 140, 2, 2)]] },
      settings: RetrievalSettings.parse({}),
    };
    expect((await measureQuality(input))?.mrr).toBe(0);
    expect((await measureQuality({ ...input, unit: 'page', pages: () => [0, 100] }))?.mrr).toBe(0.5);
  });

  it('hold a passage where half of the shorter one lies in the other', () => {
    const at = (start: number, end: number) => ({ document: 'd', start, end });
    expect(holds(at(0, 100), at(80, 120))).toBe(true);
    expect(holds(at(0, 100), at(90, 130))).toBe(false);
    expect(holds(at(0, 100), { ...at(0, 100), document: 'e' })).toBe(false);
    expect(holds(at(0, 1000), at(10, 20))).toBe(true);
    expect(holds(at(10, 20), at(0, 1000))).toBe(true);
  });
});

describe('settings', () => {
  it('of a job or a panel lie over those of smt.yaml, and leave the others alone', () => {
    const base = RetrievalSettings.parse({ chunk_size: 512, top_k: 3, mode: 'text' });
    const { settings } = IndexParams.parse({ settings: { top_k: 5 } });
    expect(effectiveSettings(base, settings)).toMatchObject({ chunk_size: 512, top_k: 5, mode: 'text' });
  });

  it('with an overlap of more than half a chunk are refused', () => {
    const base = RetrievalSettings.parse({ chunk_size: 100 });
    expect(() => effectiveSettings(base, { chunk_overlap: 60 })).toThrow(/more than half/);
  });
});
