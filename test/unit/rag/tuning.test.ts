import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetrievalSettings } from '../../../src/contract/retrieval.ts';
import { createJob, type JobEnd } from '../../../src/engine/jobs/index.ts';
import type { Project } from '../../../src/engine/project/index.ts';
import { indexState, runIndex } from '../../../src/engine/rag/index.ts';
import { readTuning, tuningText } from '../../../src/engine/rag/quality/tuning.ts';
import { ragProject } from './ragProject.ts';

const TOWNS = ['Arn', 'Bel', 'Cor', 'Dun', 'Esk', 'Fal', 'Gor', 'Hun', 'Ith', 'Jor'];
const documents = Object.fromEntries(
  TOWNS.map((town, at) => [
    `docs/${town}.md`,
    `# ${town}\n\nThe bridge of ${town} was built by Master ${town}son in ${1700 + at}.\n\n${`Barley grows around ${town} in summer. `.repeat(40)}`,
  ]),
);
const questions = TOWNS.map((town, at) =>
  JSON.stringify({
    id: `q${at}`,
    question: `Who built the bridge of ${town}?`,
    answer: `Master ${town}son`,
    document: `docs/${town}.md`,
  }),
).join('\n');

async function tuned(project: Project): Promise<JobEnd> {
  const params = { settings: {}, rebuild: false, tune: true };
  const { dir, spec } = await createJob(project, { kind: 'index', title: 'Tune', params });
  if (spec.kind !== 'index') throw new Error('an indexing job');
  return runIndex(dir, spec, {});
}

describe('tuning as a job', () => {
  let made: Awaited<ReturnType<typeof ragProject>>;
  beforeAll(async () => {
    made = await ragProject(documents, { retrieval: '{embedder: {endpoint: none}, top_k: 4}' });
  });
  afterAll(() => rm(made.root, { recursive: true, force: true }));

  it('says what it needs where no question has evidence, and builds nothing', async () => {
    expect(await tuned(made.project)).toMatchObject({ kind: 'bad_input', message: expect.stringMatching(/evidence/) });
    expect(await readTuning(made.project)).toBeNull();
    expect((await indexState(made.project, { documents: [] })).state).toBe('none');
  });

  it('measures every chunk size on questions of the first fifth of the documents only, and keeps the rows', async () => {
    await made.write('benchmarks/towns.jsonl', questions);
    const end = await tuned(made.project);
    expect(end).toMatchObject({ kind: 'succeeded', message: expect.stringContaining('2 questions of the dev split') });
    const { rows = [] } = (await readTuning(made.project)) ?? {};
    expect(rows.map(({ settings, questions: n }) => [settings.chunk_size, settings.mode, n])).toEqual([
      [256, 'text', 2],
      [512, 'text', 2],
      [1024, 'text', 2],
    ]);
    for (const { recall } of rows) expect(recall['4']?.value).toBe(1);
  });
});

describe('what a sweep says', () => {
  const row = (chunk_size: number, value: number, ci95: [number, number] | null) => ({
    ...{ benchmark: 'b', questions: 9, mrr: value, settings: RetrievalSettings.parse({ chunk_size, top_k: 32 }) },
    recall: { 4: { value: value / 2, ci95 }, 8: { value, ci95 }, 16: { value: 1, ci95 } },
  });

  it('names the best setting and the project’s own at the passages of a prompt, with interval and n', () => {
    expect(tuningText([row(512, 0.7, [0.5, 0.9]), row(1024, 0.6, [0.4, 0.8])], RetrievalSettings.parse({}))).toBe(
      'b, recall@8 over 9 questions of the dev split: best 512 characters, hybrid: 70 % (50–90); smt.yaml now: 1,024 characters, hybrid: 60 % (40–80). Where intervals overlap there is no clear winner.',
    );
  });

  it('does not say that the project has a setting that was not tried', () => {
    const text = tuningText([row(512, 0.7, [0.5, 0.9])], RetrievalSettings.parse({ chunk_size: 300 }));
    expect(text).toContain('best 512 characters, hybrid: 70 % (50–90).');
    expect(text).not.toContain('smt.yaml');
  });

  it('has no interval over one document, and says when the project has the best already', () => {
    expect(tuningText([row(1024, 0.6, null)], RetrievalSettings.parse({ top_k: 9 }))).toContain(
      'best 1,024 characters, hybrid: 60 % (no interval: one document), as smt.yaml has it',
    );
  });
});
