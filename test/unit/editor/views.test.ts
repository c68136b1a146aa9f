import { describe, expect, it } from 'vitest';
import type { CorpusDocument, CorpusSnapshot } from '../../../src/contract/corpus.ts';
import { type JobState, JobState as JobStates } from '../../../src/contract/events.ts';
import type { SampleCounts } from '../../../src/contract/samplesView.ts';
import { corpusFolders } from '../../../src/editor/views/corpusFolders.ts';
import { count, duration, money, range, rate } from '../../../src/editor/views/figures.ts';
import { actionsFor, grouped, groupOf } from '../../../src/editor/views/jobGroups.ts';

function document(id: string, tokens = 100, exact = true): CorpusDocument {
  return {
    v: 1,
    id,
    path: id.split('#')[0] ?? id,
    format: 'md',
    title: id,
    metadata: {},
    characters: 400,
    tokens: { tokens, exact, by: 'test' },
    text_hash: '0'.repeat(32),
    windows: 1,
  };
}
const corpus = (documents: CorpusDocument[], unreadable: CorpusSnapshot['unreadable'] = []): CorpusSnapshot => ({
  revision: 1,
  documents,
  unreadable,
  tokens: { tokens: 0, exact: true, by: 'test' },
});
const counts = (documents: SampleCounts['documents']): SampleCounts => ({
  revision: 1,
  total: 0,
  accepted: 0,
  rejected: 0,
  reviewed: 0,
  stale: 0,
  reasons: {},
  methods: [],
  documents,
});

describe('the corpus as folders', () => {
  it('puts folders first, then files by name, numbers as numbers', () => {
    const root = corpusFolders(corpus(['b.md', 'a10.md', 'a9.md', 'z/c.md'].map((id) => document(id))), undefined);
    expect(root.children.map(({ name }) => name)).toEqual(['z', 'a9.md', 'a10.md', 'b.md']);
  });

  it('adds up samples and tokens from document to folder, and one estimate makes the sum one', () => {
    const root = corpusFolders(
      corpus([document('x/a.md', 10), document('x/y/b.md', 20, false)]),
      counts([
        { document: 'x/a.md', accepted: 3, rejected: 1, duplicate_rate: null },
        { document: 'x/y/b.md', accepted: 4, rejected: 0, stale: 4, duplicate_rate: null },
      ]),
    );
    expect(root.coverage).toEqual({ accepted: 7, rejected: 1, stale: 4, tokens: 30, exact: false });
    expect(root.documents).toBe(2);
  });

  it('keeps unreadable files in their folder, counted apart', () => {
    const bad = { path: 'x/scan.pdf', reason: 'scanned' as const, message: 'No text on its pages.' };
    const root = corpusFolders(corpus([document('x/a.md')], [bad]), undefined);
    const [folder] = root.children;
    expect(folder?.kind === 'folder' && folder.children.map(({ kind }) => kind)).toEqual(['file', 'unreadable']);
    expect([root.documents, root.unreadable]).toEqual([1, 1]);
  });

  it('makes one file of the rows of a JSONL file', () => {
    const root = corpusFolders(corpus([document('n.jsonl#1'), document('n.jsonl#2')]), undefined);
    expect(root.children).toHaveLength(1);
    expect(root.documents).toBe(2);
  });
});

describe('jobs in their groups', () => {
  const job = (state: JobState, created: number) => ({ state, created, run: `${state}-${created}` });

  it('puts every state in one group', () => {
    const groups = Object.fromEntries(JobStates.options.map((state) => [state, groupOf({ state })]));
    expect(groups).toEqual({
      queued: 'running',
      preparing: 'running',
      running: 'running',
      stopping: 'running',
      paused: 'attention',
      failed: 'attention',
      lost: 'attention',
      succeeded: 'finished',
      cancelled: 'finished',
    });
  });

  it('offers to stop what runs once, and to resume what did not end', () => {
    expect(actionsFor({ state: 'running' })).toEqual(['stop']);
    expect(actionsFor({ state: 'stopping' })).toEqual([]);
    expect(actionsFor({ state: 'cancelled' })).toContain('resume');
    expect(actionsFor({ state: 'succeeded' })).toEqual(['rerun', 'remove']);
  });

  it('shows the newest first', () => {
    const jobs = [job('succeeded', 1), job('succeeded', 3), job('succeeded', 2)];
    expect(grouped(jobs).finished.map(({ created }) => created)).toEqual([3, 2, 1]);
  });
});

describe('figures', () => {
  it('are short and keep what matters', () => {
    expect([count(12345), count(1_234_567)]).toEqual(['12,345', '1.2M']);
    expect([money(12.3), money(0.0042), money(0)]).toEqual(['$12.30', '$0.0042', '$0.00']);
    expect([duration(45), duration(720), duration(12_000), duration(7200)]).toEqual([
      '45 s',
      '12 min',
      '3 h 20 min',
      '2 h',
    ]);
    expect([rate(120.4), rate(3.44), rate(0.05)]).toEqual(['120', '3.4', '0.05']);
    expect([range(1, 2, String), range(2, 2, String)]).toEqual(['1 – 2', '2']);
  });
});
