import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerRequest } from '../../../src/engine/eval/answer/answerRequest.ts';
import { loadEvaluationPrompts } from '../../../src/engine/eval/answer/prompts.ts';
import { outputsLeftBehind } from '../../../src/engine/eval/run/leftBehind.ts';
import { workerAnswers } from '../../../src/engine/eval/run/workerAnswers.ts';
import { CompletionLog, RequestStore } from '../../../src/engine/llm/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';
import { folder } from '../corpus/fixtures.ts';

const STEM = join('work', 'abc');
const paths = () => projectPaths(folder());

/** A run directory with a state and what its worker wrote. */
function run(runs: string, name: string, state: string, lines: readonly object[]): string {
  const dir = join(runs, name);
  mkdirSync(join(dir, 'work'), { recursive: true });
  const status = {
    ...{ v: 1, run: name, kind: 'evaluate', title: 't', state, phase: 'answer', created: 1, updated: 2 },
    ...{ pid: null, host: 'here', attempt: 1, last_seq: 1 },
  };
  writeFileSync(join(dir, 'status.json'), JSON.stringify(status));
  writeFileSync(join(dir, `${STEM}.out.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return dir;
}

describe('answers that a killed run’s worker wrote and nobody took in', () => {
  const [killed, ended, now] = ['20261126-045751387-584200', '20261126-045751387-584201', '20261126-050605159-d55f64'];

  it('lie in runs that did not come to their end', async () => {
    const { runs } = paths();
    const left = run(runs, killed, 'running', []);
    run(runs, ended, 'succeeded', []);
    const own = run(runs, now, 'running', []);
    expect(await outputsLeftBehind(own, `${STEM}.out.jsonl`)).toEqual([join(left, `${STEM}.out.jsonl`)]);
    expect(await outputsLeftBehind(own, join('work', 'other.out.jsonl'))).toEqual([]);
  });

  it('are taken into the log by the next run, whole lines and answers only: nothing is made twice', async () => {
    const project = paths();
    const loaded = await loadEvaluationPrompts({ paths: project });
    if (!loaded.ok) throw new Error(loaded.message);
    const request = new AnswerRequest({
      ...{ stage: 'closed_book', form: 'chat', template: loaded.prompts.eval_short, params: { max_tokens: 8 } },
      inputs: { context: '', question: 'Who?', choices: '', passages: '' },
      ...{ model: 'base:m', engine: 'worker:transformers/fp32', replica: 0, question: 'b/q', document: null },
    });
    const response = { status_code: 200, request_id: null, body: { choices: [] } };
    run(project.runs, killed, 'running', [
      { id: null, custom_id: 'f'.repeat(32), response },
      { id: null, custom_id: request.id, response: null, error: { code: 'worker', message: 'out of memory' } },
      { id: null, custom_id: request.id, response },
    ]);
    const log = await CompletionLog.openForWriting(project.evaluation.completions);
    const requests = await RequestStore.openForWriting(project.evaluation.requests);
    const taken: string[] = [];
    const end = await workerAnswers({
      ...{ weights: '/nowhere', engine: 'worker:transformers', pending: [request], stem: STEM, run: now, keys: {} },
      ...{ dir: join(project.runs, now), log, requests, signal: new AbortController().signal },
      onAnswer: (id, line) => taken.push(`${id} ${line.response?.status_code}`),
      onProgress: () => {},
      onLog: () => {},
    });
    await log.close();
    await requests.close();
    // A worker would have ended in an error: there are no such weights.
    expect(end).toEqual({ kind: 'done' });
    expect(taken).toEqual([`${request.id} 200`]);
    expect((await CompletionLog.open(project.evaluation.completions)).has(request.id)).toBe(true);
  });
});
