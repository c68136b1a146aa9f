import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { contentHash } from '../../../src/engine/contentHash.ts';
import type { Corpus } from '../../../src/engine/corpus/index.ts';
import { samplesBehind } from '../../../src/engine/generate/index.ts';
import { CompletionLog } from '../../../src/engine/llm/index.ts';
import { projectPaths } from '../../../src/engine/project/index.ts';

const corpus: Corpus = {
  tokens: { tokens: 0, by: 'nobody', exact: false },
  documents: [],
  unreadable: [],
  text: async () => '',
  windows: async () => [],
};

async function projectWithAnswers(count: number): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'smt-tail-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, 'smt.yaml'), 'v: 1\nname: Tail\n');
  const log = await CompletionLog.openForWriting(projectPaths(root).completions);
  for (let index = 0; index < count; index++) {
    log.append({
      id: null,
      custom_id: contentHash(`request ${index}`),
      response: { status_code: 200, request_id: null, body: { choices: [] } },
      error: null,
      smt: { v: 1, attempt: 1, endpoint: 'e', ms: 1, cost: 0, run: 'r', at: 1, input_tokens: 1, output_tokens: 1 },
    });
  }
  await log.close();
  return root;
}

test('a table that is too far behind the log is not made up for by a reader, who is told by how much', async () => {
  const told: number[] = [];
  const sources = { corpus, tokens: { count: () => 0 }, tooMany: (answers: number) => told.push(answers) };
  expect(await samplesBehind(await projectWithAnswers(6_000), null, sources)).toEqual([]);
  expect(told).toHaveLength(1);
  expect(told[0]).toBeGreaterThan(5_000);
  told.length = 0;
  expect(await samplesBehind(await projectWithAnswers(3), null, sources)).toEqual([]);
  expect(told).toEqual([]);
});
