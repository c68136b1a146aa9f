import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvaluatedQuestion } from '../../../src/contract/evaluation.ts';
import { GenerateParams } from '../../../src/contract/events.ts';
import { passageAddition } from '../../../src/editor/flows/passageAddition.ts';
import { readBenchmarkQuestions } from '../../../src/engine/eval/benchmarkQuestions.ts';
import { passageOf, taughtBy } from '../../../src/engine/eval/report/index.ts';
import { createJob } from '../../../src/engine/jobs/index.ts';
import { RequestStore } from '../../../src/engine/llm/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { LeakGate } from '../../../src/engine/synth/dedupe/leakGate.ts';
import { addToPlan } from '../../../src/engine/synth/plan/additions.ts';
import { writeEvaluation } from '../../fixtures/evaluation/madeEvaluation.ts';
import { FakeLlm } from '../../fixtures/fake-llm/server.mjs';
import { inventedDocument, TerminalProject } from '../generate/terminal.ts';

/** In the question and its options, and nowhere in the document. */
const QUESTION_WORD = 'Zyxquestion';
/** In the document, far from the evidence. */
const FAR_AWAY = 'Farawayburgh';

let fake: FakeLlm;
let question: EvaluatedQuestion;
const project = new TerminalProject();
const text = `${inventedDocument('Nearport', 30)}\n\n# Elsewhere\n\n${FAR_AWAY} lies beyond the hills.\n`;

beforeAll(async () => {
  fake = await FakeLlm.start({ latency_ms: 1 });
  project.endpoints(`endpoints: {fake: {base_url: '${fake.url}', model: fake-model}}`);
  project.write('near.md', text);
  project.write('smt.yaml', 'v: 1\nname: passage\ngenerator: {endpoints: [fake]}\n');
  project.write(
    'benchmarks/own.yaml',
    `v: 1\nname: own\nquestions:\n  - {id: one, question: "${QUESTION_WORD} 0: which statement about “near.md” is right?", answer: forty}\n`,
  );
  const { questions } = await writeEvaluation({
    root: project.root,
    run: '20261122-100000000-aaaaaa',
    documents: [{ id: 'near.md', text }],
    perDocument: 1,
    samples: 1,
    cells: [{ model: 'base', setting: 'closed_book', rate: 0.5 }],
  });
  const [first] = questions;
  if (!first) throw new Error('a question');
  question = first;
});
afterAll(async () => {
  await fake.stop();
  project.remove();
});

it('rewrites for a passage that no sample covers: prompts hold the passage, and nothing of the evaluation question', async () => {
  const none = { page: async () => ({ revision: 1, total: 0, offset: 0, samples: [] }) };
  const taught = await taughtBy(question, none, async () => ({ text }));
  expect(taught).toMatchObject({ basis: 'passage', total: 0, passage: { document: 'near.md' } });
  const addition = passageAddition(taught, 2);
  expect(Object.keys(addition ?? {}).sort()).toEqual(['count', 'document', 'method', 'range']);
  expect(JSON.stringify(addition)).not.toContain(QUESTION_WORD);

  const paths = projectPaths(project.root);
  const { questions } = await readBenchmarkQuestions({ root: project.root, globs: ['benchmarks/**'] });
  expect(questions).toHaveLength(1);
  const added = await addToPlan(paths.plan, addition ? [addition] : [], new LeakGate(questions));
  expect(added).toMatchObject({ ok: true, requests: 2 });
  const params = GenerateParams.parse({ additions_only: true });
  const { dir } = await createJob({ root: project.root, paths }, { kind: 'generate', title: 'Rewrites', params });
  const ran = await project.smt('job', 'run', dir);
  expect(ran.code, readFileSync(join(dir, 'events.jsonl'), 'utf8')).toBe(0);

  // Templates and every text that was put into a prompt stand here, once each.
  const sent = globSync('.smt/{requests,plan}/**/*.jsonl', { cwd: project.root }).map((file) =>
    readFileSync(join(project.root, file), 'utf8'),
  );
  const prompts = sent.join('\n');
  const evidence = question.evidence?.[0];
  expect(prompts).toContain(JSON.stringify(text.slice(evidence?.start, evidence?.end)).slice(1, -1));
  expect(prompts).not.toContain(QUESTION_WORD);
  expect(prompts).not.toContain('Not A 0'); // an option
  // Strategies and questions are drawn from the document as always; what is rewritten is the passage alone.
  const rewritten = await rewrittenTexts(paths.requests);
  expect(rewritten.length).toBeGreaterThan(0);
  for (const passage of rewritten) {
    expect(passage).toContain(text.slice(evidence?.start, evidence?.end));
    expect(passage).not.toContain(FAR_AWAY);
  }
  expect(fake.stats().distinct_answered).toBeGreaterThan(0);
}, 120_000);

/** What the focal rewrites were given as their document. */
async function rewrittenTexts(folder: string): Promise<string[]> {
  const store = await RequestStore.open(folder);
  const texts: string[] = [];
  for await (const lines of store.scan()) {
    for (const { stage, inputs } of lines) {
      if (stage === 'documents' && inputs.document) texts.push((await store.text(inputs.document)) ?? '');
    }
  }
  await store.close();
  return texts;
}

it('the passage is the evidence with what stands around it, cut at line breaks; unknown evidence means the whole document', () => {
  const lines = Array.from({ length: 200 }, (_, line) => `Line ${line} of the text.`).join('\n');
  const start = lines.indexOf('Line 100');
  const found = passageOf(
    { document: 'a.md', evidence: [{ document: 'a.md', start, end: start + 20 }] },
    'a.md',
    lines,
  );
  expect(found && lines.slice(found.start, found.start + 5)).toBe('Line ');
  expect(found && lines[found.end]).toBe('\n');
  expect((found?.end ?? 0) - (found?.start ?? 0)).toBeLessThan(2_500);
  expect(passageOf({ document: 'a.md' }, 'a.md', lines)).toEqual({ document: 'a.md', start: 0, end: lines.length });
  expect(passageAddition({ basis: 'document', passage: { document: 'a.md', start: 0, end: 9 } }, 1)).not.toHaveProperty(
    'range',
  );
  expect(passageAddition({ basis: 'unknown', passage: null }, 1)).toBeUndefined();
});
