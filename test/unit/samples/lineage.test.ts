import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompletionLine } from '../../../src/contract/completion.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { CompletionLog, RequestStore } from '../../../src/engine/llm/index.ts';
import { lineageOf, openSampleReader, openSampleWriter, ReviewBook } from '../../../src/engine/samples/index.ts';
import { sample, temporaryFolder } from './sampleFixtures.ts';

const TEMPLATE =
  '# System\nYou write about {{ title }}.\n\n# User\nText:\n{{ document }}\n\nQuestion: {{ question }}\n';
const INPUTS = {
  title: 'Harbour',
  // Jinja in a document is text, never run.
  document: 'The harbour was dug in 1731. {{ title }} {% for x in y %}',
  question: 'When was it dug?',
};

async function project() {
  const folder = temporaryFolder();
  const id = contentHash('a request');
  const requests = await RequestStore.openForWriting(join(folder, 'requests'));
  for (const text of [TEMPLATE, ...Object.values(INPUTS)]) requests.addText(text);
  requests.addRequest({
    v: 1,
    id,
    method: 'focal_rewriting',
    stage: 'document',
    document: 'docs/harbour.md',
    window: 1,
    replica: 2,
    template: contentHash(TEMPLATE),
    template_name: 'focal_rewriting',
    inputs: Object.fromEntries(Object.entries(INPUTS).map(([name, text]) => [name, contentHash(text)])),
    model: 'test-model',
    params: { temperature: 1, max_tokens: 900 },
  });
  await requests.close();
  const line: CompletionLine = {
    id: 'answer-1',
    custom_id: id,
    response: {
      status_code: 200,
      request_id: null,
      body: {
        choices: [
          { finish_reason: 'stop', message: { content: 'A rewritten harbour.', reasoning_content: 'Let me think.' } },
        ],
      },
    },
    error: null,
    smt: {
      v: 1,
      attempt: 2,
      endpoint: 'lab',
      ms: 120,
      cost: 0.01,
      run: 'r-1',
      at: 5,
      input_tokens: 30,
      output_tokens: 4,
    },
  };
  const log = await CompletionLog.openForWriting(join(folder, 'completions'));
  log.append(line);
  await log.close();
  const question = sample(1, { question: 'When was it dug?' });
  const rewrite = sample(2, {
    kind: 'document',
    method: 'focal_rewriting',
    text: 'A rewritten harbour.',
    request: id,
    window: 1,
    strategy: 'Write a letter.',
    query: question.id,
    query_text: 'When was it dug?',
    source: { start: 1200, end: 1300 },
  });
  const sibling = sample(3, { kind: 'document', method: 'focal_rewriting', text: 'Another.', request: id });
  const writer = await openSampleWriter({ lance: join(folder, 'lance') });
  writer.put([question, rewrite, sibling]);
  await writer.close();
  const reviews = await ReviewBook.open(join(folder, 'reviews.jsonl'));
  const reader = await openSampleReader({ lance: join(folder, 'lance'), reviews });
  const sources = {
    reader,
    completions: await CompletionLog.open(join(folder, 'completions')),
    requests: await RequestStore.open(join(folder, 'requests')),
    questions: reviews.questions(),
    document: async () => ({
      title: 'Harbour',
      path: 'docs/harbour.md',
      pages: [0, 500, 1250],
      windows: [
        { start: 0, end: 1000 },
        { start: 900, end: 2000 },
      ],
    }),
  };
  return { sources, question, rewrite, sibling, request: id, close: () => reader.close() };
}

describe('the lineage of a sample', () => {
  it('goes from document over question and strategy to the exact prompt and the whole completion', async () => {
    const { sources, question, rewrite, sibling, request, close } = await project();
    const lineage = await lineageOf(rewrite.id, sources);
    expect(lineage.document).toEqual({
      id: 'docs/harbour.md',
      title: 'Harbour',
      path: 'docs/harbour.md',
      window: 1,
      start: 1200,
      end: 1300,
      page: 2,
    });
    expect(lineage.strategy).toBe('Write a letter.');
    expect(lineage.query).toMatchObject({ id: question.id, text: 'When was it dug?', sample: { id: question.id } });
    expect(lineage.request).toMatchObject({
      id: request,
      template: 'focal_rewriting',
      replica: 2,
      params: { model: 'test-model', temperature: 1, max_tokens: 900 },
    });
    expect(lineage.request.messages).toEqual([
      { role: 'system', content: 'You write about Harbour.' },
      {
        role: 'user',
        content: 'Text:\nThe harbour was dug in 1731. {{ title }} {% for x in y %}\n\nQuestion: When was it dug?',
      },
    ]);
    expect(lineage.completion).toEqual({
      raw: 'A rewritten harbour.',
      reasoning: 'Let me think.',
      finish_reason: 'stop',
      endpoint: 'lab',
      ms: 120,
      at: 5,
      input_tokens: 30,
      output_tokens: 4,
      cost: 0.01,
      attempt: 2,
      run: 'r-1',
    });
    expect(lineage.siblings).toEqual([{ id: sibling.id, state: 'accepted' }]);
    await close();
  });

  it('of a question lists the rewrites that serve it', async () => {
    const { sources, question, rewrite, close } = await project();
    const lineage = await lineageOf(question.id, sources);
    expect(lineage.served_by).toEqual([{ id: rewrite.id, method: 'focal_rewriting', state: 'accepted' }]);
    expect(lineage.completion).toBeNull();
    await close();
  });
});
