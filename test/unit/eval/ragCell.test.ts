import { afterAll, beforeAll, expect, it } from 'vitest';
import { RetrievalSettings } from '../../../src/contract/retrieval.ts';
import { searchNote } from '../../../src/engine/eval/run/retrieved.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from '../generate/terminal.ts';

let fake: FakeLlm;
const project = new TerminalProject();

beforeAll(async () => {
  fake = await FakeLlm.start({ content: 'Answer: 7' });
  project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
  for (const town of ['Varn', 'Osk']) project.write(`${town}.md`, inventedDocument(town, 3));
  project.write(
    'benchmarks/own.csv',
    'id,question,answer,document\na,Lamps of Varn?,7,Varn.md\nb,Lamps of Osk?,8,Osk.md\n',
  );
  project.write(
    'smt.yaml',
    'v: 1\nname: r\nretrieval: {embedder: {endpoint: none}, chunk_size: 300, top_k: 2}\nevaluation: {models: ["endpoint:fake"], samples: 1}\n',
  );
});
afterAll(async () => {
  await fake.stop();
  project.remove();
});

it('a cell with retrieval says what was searched and how much of it the model was shown', async () => {
  expect((await project.smt('index')).code).toBe(0);
  const ended = await project.smt('evaluate', '--benchmark', 'own', '--json');
  expect(ended.code, ended.err).toBe(0);
  const notes = (setting: string) => ended.records.find((cell) => cell.setting === setting)?.notes ?? [];
  expect(notes('rag')).toContain('2 passages of up to 300 characters by full-text search, no reranker.');
  expect(JSON.stringify(notes('closed_book'))).not.toContain('passages');
}, 60_000);

it('questions about documents that are not there are told before they are asked, with the limit that leaves them out', async () => {
  const rows = ['id,question,answer,document', 'c,Lamps of Umm?,9,Umm.md', 'd,Lamps of Ark?,9,Ark.md'];
  const here = ['a,Lamps of Varn?,7,Varn.md', 'b,Lamps of Osk?,8,Osk.md'];
  project.write('benchmarks/own.csv', [...rows, ...here].join('\n'));
  const evaluate = ['evaluate', '--benchmark', 'own', '--setting', 'closed_book', '--json'];
  const limited = await project.smt(...evaluate, '--limit', '2');
  expect(limited.err).not.toContain('not in the corpus');
  expect(limited.records.find(({ benchmark }) => benchmark === 'own')).toMatchObject({ questions: 2 });
  const all = await project.smt(...evaluate);
  expect(all.err).toContain(
    '2 of 4 questions of own are about documents that are not in the corpus; they are asked too. "--limit 2" asks the other 2 only.',
  );
}, 60_000);

it('a cell with the gold passage says where it is the whole document', async () => {
  project.write('benchmarks/own.csv', 'id,question,answer,document\na,Lamps of Varn?,none at all,Varn.md\n');
  const ended = await project.smt('evaluate', '--benchmark', 'own', '--setting', 'gold', '--json');
  expect(ended.records.find(({ setting }) => setting === 'gold')?.notes).toEqual([
    '1 of 1 questions have no known passage: the whole document is shown instead.',
  ]);
}, 60_000);

it('names embedder and reranker where there are any', () => {
  const settings = RetrievalSettings.parse({ reranker: { endpoint: 'lab' }, chunk_unit: 'tokens', chunk_size: 256 });
  expect(searchNote(settings, 'mini (built-in)', 1)).toBe(
    '1 passage of up to 256 tokens by hybrid search, embedder mini (built-in), reranker lab.',
  );
});
