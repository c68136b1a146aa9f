import { z } from 'zod';
import { spreadOrder } from '../methods/regions.ts';
import type { Draft, Method, MethodDocument, Parsed } from '../types.ts';
import { type Fact, factsIn } from './facts.ts';
import { questionFault } from './faithful.ts';
import small_qa from './prompts/small_qa.md';
import type { Span } from './spans.ts';

export const SmallQaOptions = z.strictObject({
  questions_per_window: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(24)
    .describe(
      'Small-model prompts: questions for each window of a document, one request each, spread over its sentences.',
    ),
});
export type SmallQaOptions = z.infer<typeof SmallQaOptions>;

/** A sentence that can be asked about takes about this many tokens. */
const TOKENS_PER_QUESTION = 20;

/**
 * Questions from a very small model: a rule picks the answer in one sentence and how the question begins, the model
 * writes the question. The sample's answer is the sentence itself under the document's title: true whatever is asked.
 */
export const smallQaMethod: Method<SmallQaOptions> = {
  id: 'qa',
  label: 'Synthetic QA',
  kind: 'qa',
  description: 'One question about one sentence at a time; the answer is the sentence itself.',
  options: SmallQaOptions,
  prompts: { small_qa },
  stages: [
    {
      id: 'questions',
      count: ({ windows, tokens }, options) =>
        Math.min(windows * options.questions_per_window, Math.max(1, Math.floor(tokens / TOKENS_PER_QUESTION))),
      *plan({ document, options, passage }) {
        const rows = document.windows.map((window) => ({ window, asked: questionsOf(factsIn(window, passage)) }));
        for (let turn = 0; turn < options.questions_per_window; turn++) {
          for (const { window, asked } of rows) {
            const next = asked[turn];
            if (next !== undefined) yield draftOf(document, window.index, next);
          }
        }
      },
      parse: (content, draft, { document }) => [parseQuestion(content, draft, document)],
    },
  ],
};

interface Asked {
  fact: Fact;
  span: Span;
}

/** Every sentence once before any twice, the sure spans before the guessed ones; both spread over the window. */
function questionsOf(facts: readonly Fact[]): Asked[] {
  const order = spreadOrder(facts.length);
  const rounds = Math.max(0, ...facts.map((fact) => fact.spans.length));
  const asked: Asked[] = [];
  for (const sure of [true, false]) {
    for (let round = 0; round < rounds; round++) {
      for (const index of order) {
        const fact = facts[index];
        const span = fact?.spans.filter((each) => (each.kind !== 'what') === sure)[round];
        if (fact !== undefined && span !== undefined) asked.push({ fact, span });
      }
    }
  }
  return asked;
}

function draftOf(document: MethodDocument, window: number, { fact, span }: Asked): Draft {
  return {
    stage: 'questions',
    template: 'small_qa',
    window,
    replica: 0,
    source: { start: fact.start, end: fact.end },
    inputs: { title: document.title, fact: fact.text, answer: span.text, asks: span.asks },
  };
}

function parseQuestion(content: string, draft: Draft, document: MethodDocument): Parsed {
  const { fact = '', answer = '', asks = '' } = draft.inputs;
  const line = (content.trim().split('\n')[0] ?? '').replace(/^question:\s*/i, '').trim();
  // Servers differ in whether the words that the answer was begun with are repeated.
  const question = line.toLowerCase().startsWith(asks.toLowerCase()) ? line : `${asks} ${line}`.trim();
  const fault = questionFault(question, { fact, title: document.title, answer, asks });
  if (fault !== undefined) return { kind: 'rejected', ...fault, text: question };
  return {
    kind: 'qa',
    question,
    answer: `${document.title}: ${fact}`,
    ...(draft.source === undefined ? {} : { source: draft.source }),
  };
}
