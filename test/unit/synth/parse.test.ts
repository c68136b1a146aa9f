import { describe, expect, it } from 'vitest';
import type { CompletionLine } from '../../../src/contract/completion.ts';
import { parseDocumentText } from '../../../src/engine/synth/parse/documentText.ts';
import { gate } from '../../../src/engine/synth/parse/gate.ts';
import { parseQuestions } from '../../../src/engine/synth/parse/questions.ts';
import { parseStrategies } from '../../../src/engine/synth/parse/strategies.ts';

function line(message: object, finish: string | null = 'stop', body?: unknown): CompletionLine {
  return {
    id: null,
    custom_id: '0'.repeat(32),
    response: {
      status_code: 200,
      request_id: null,
      body: body ?? { choices: [{ finish_reason: finish, message }] },
    },
    error: null,
    smt: { v: 1, attempt: 1, endpoint: 'e', ms: 1, cost: null, run: 'r', at: 0, input_tokens: 0, output_tokens: 0 },
  };
}
const whole = { truncated: false };
const cut = { truncated: true };

describe('the completion gate', () => {
  it.each([
    ['stop with text', { content: ' text ' }, 'stop', { kind: 'content', content: 'text', truncated: false }],
    ['length', { content: 'half a te' }, 'length', { kind: 'content', truncated: true }],
    ['max_tokens', { content: 'half a te' }, 'max_tokens', { kind: 'content', truncated: true }],
    ['length without any text', { content: '' }, 'length', { reason: 'truncated' }],
    ['content_filter', { content: 'part' }, 'content_filter', { reason: 'content_filter', text: 'part' }],
    ['a refusal field', { content: null, refusal: 'No.' }, 'stop', { reason: 'refusal' }],
    ['a refusal in words', { content: "I'm sorry, but I can't help with that." }, 'stop', { reason: 'refusal' }],
    ['no finish reason', { content: 'text' }, null, { reason: 'unfinished' }],
    ['an unknown finish reason', { content: 'text' }, 'abort', { reason: 'unfinished' }],
    ['no text', { content: ' \n' }, 'stop', { reason: 'empty' }],
    ['null content', { content: null }, 'stop', { reason: 'empty' }],
    [
      'reasoning in a field only',
      { content: '', reasoning_content: 'hmm' },
      'stop',
      { reason: 'reasoning_only', text: 'hmm' },
    ],
    ['a think block first', { content: '<think>hmm</think>\n\ntext' }, 'stop', { content: 'text', reasoning: 'hmm' }],
    ['a think block only', { content: '<think>hmm</think>' }, 'stop', { reason: 'reasoning_only' }],
    ['a think block that never closes', { content: '<think>hmm, I' }, 'stop', { reason: 'reasoning_only' }],
    ['a think block cut by max_tokens', { content: '<think>hmm, I' }, 'length', { reason: 'reasoning_only' }],
    ['a think block whose opening stood in the prompt', { content: 'hmm</think>text' }, 'stop', { content: 'text' }],
    [
      'two think blocks',
      { content: '<think>a</think> <think>b</think>text' },
      'stop',
      { content: 'text', reasoning: 'a\n\nb' },
    ],
    [
      'a text about <think> further down',
      { content: 'In it, <think> means thought.' },
      'stop',
      { content: 'In it, <think> means thought.' },
    ],
  ] as const)('%s', (_, message, finish, expected) => {
    expect(gate(line(message, finish))).toMatchObject(expected);
  });

  it('takes a long text that begins with an apology for a story', () => {
    const story = `I'm sorry, said the harbour master. ${'The tide was out. '.repeat(40)}`;
    expect(gate(line({ content: story }))).toMatchObject({ kind: 'content' });
  });

  it('names a failed request’s error, a body that is none and empty choices', () => {
    const failed = { ...line({}), response: null, error: { code: '400', message: 'too long' } };
    expect(gate(failed)).toMatchObject({ reason: 'failed', detail: expect.stringContaining('400: too long') });
    expect(gate(line({}, 'stop', { error: 'oops' }))).toMatchObject({ reason: 'malformed' });
    expect(gate(line({}, 'stop', { choices: [] }))).toMatchObject({ reason: 'empty' });
  });
});

describe('questions', () => {
  const qa = { kind: 'qa', question: 'Who keeps the light?', explanation: 'The notes name her.', answer: 'Ilsa Venn.' };

  it.each([
    ['plain', 'Question: Who keeps the light?\nExplanation: The notes name her.\nAnswer: Ilsa Venn.'],
    ['bold', '**Question 1:** Who keeps the light?\n**Explanation:** The notes name her.\n**Answer:** Ilsa Venn.'],
    [
      'bold over the line',
      '**Question: Who keeps the light?**\n\nExplanation: The notes name her.\n\n**Answer: Ilsa Venn.**',
    ],
    ['headings', '### Question 1\nWho keeps the light?\n### Explanation\nThe notes name her.\n### Answer\nIlsa Venn.'],
    ['numbered', '1. Question: Who keeps the light?\n   Explanation: The notes name her.\n   Answer: Ilsa Venn.'],
    ['letters', 'Q1: Who keeps the light?\nReasoning: The notes name her.\nA1: Ilsa Venn.'],
    [
      'with prose around',
      'Sure!\n\nQuestion: Who keeps the light?\nExplanation: The notes name her.\nFinal answer: Ilsa Venn.\n---\nDone.',
    ],
    ['upper case', 'QUESTION: Who keeps the light?\nEXPLANATION: The notes name her.\nANSWER: Ilsa Venn.'],
    [
      'JSON',
      '```json\n[{"question": "Who keeps the light?", "explanation": "The notes name her.", "answer": "Ilsa Venn."}]\n```',
    ],
    [
      'JSON inside an object',
      'Here: {"qas": [{"Question": "Who keeps the light?", "Explanation": "The notes name her.", "Answer": "Ilsa Venn."}]}',
    ],
  ])('are read from %s', (_, content) => {
    const parsed = parseQuestions(content, whole);
    expect(parsed.filter((one) => one.kind === 'qa')).toEqual([qa]);
  });

  it('keep an explanation of several lines, and several questions apart', () => {
    const parsed = parseQuestions(
      'Question: A one?\nExplanation: First.\n\nSecond: more.\nAnswer: x\n\nQuestion: B two?\nAnswer: y',
      whole,
    );
    expect(parsed).toEqual([
      { kind: 'qa', question: 'A one?', explanation: 'First.\n\nSecond: more.', answer: 'x' },
      { kind: 'qa', question: 'B two?', answer: 'y' },
    ]);
  });

  it('from JSON that had to be repaired say so', () => {
    const broken =
      "[{'question': 'Who keeps the light?', 'explanation': 'The notes name her.', 'answer': 'Ilsa Venn.',}]";
    expect(parseQuestions(broken, whole)).toEqual([{ ...qa, note: 'The JSON of this answer was repaired.' }]);
  });

  it('before a cut by max_tokens are kept and flagged, the last item is rejected as truncated', () => {
    const parsed = parseQuestions('Question: A one?\nAnswer: x\n\nQuestion: B two?\nAnswer: y and', cut);
    expect(parsed).toEqual([
      { kind: 'qa', question: 'A one?', answer: 'x', note: expect.stringContaining('cut by max_tokens') },
      { kind: 'rejected', reason: 'truncated', detail: expect.any(String), text: 'B two?' },
    ]);
    expect(parseQuestions('The first of the', cut)).toMatchObject([{ reason: 'truncated' }]);
  });

  it.each([
    ['no fields', 'The harbour is large.', 'No "Question:"'],
    ['no answer', 'Question: Who keeps the light?', 'without an answer'],
    ['no question', 'Answer: Ilsa Venn.', 'without a question'],
    ['options', 'Question: Who? A) Ilsa B) Orrin C) Tolland\nAnswer: A', 'Multiple choice'],
    ['the passage', 'Question: According to the passage, who keeps the light?\nAnswer: Ilsa', 'the passage'],
    ['the prompt’s placeholders', 'Question: <the question>\nAnswer: <the short answer>', 'placeholder'],
  ])('with %s are malformed, with the reason', (_, content, detail) => {
    expect(parseQuestions(content, whole)).toMatchObject([
      { kind: 'rejected', reason: 'malformed', detail: expect.stringContaining(detail) },
    ]);
  });

  it('cost no more time for a hostile answer', () => {
    const started = performance.now();
    for (const content of [
      '*'.repeat(40_000),
      '{'.repeat(40_000),
      `Question: ${'A) '.repeat(20_000)}`,
      '[{"a":'.repeat(8_000),
    ]) {
      parseQuestions(content, whole);
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('strategies', () => {
  it('are one for each ## heading with its body; what stands before the first is dropped', () => {
    const content =
      'Great document! # Not one\n\n## **1. Timeline**\nOrder all events.\n\n### Detail\nBy month.\n## Ledger\n\n##\n';
    expect(parseStrategies(content, whole)).toEqual([
      { kind: 'strategy', text: '1. Timeline\nOrder all events.\n\n### Detail\nBy month.'.replace('1. ', '') },
      { kind: 'strategy', text: 'Ledger' },
    ]);
  });

  it('begin behind <start_strategies>: the questions before it are none', () => {
    const content = '## Questions\n1. Who?\n<start_strategies>\n## Flash cards\nMake them.';
    expect(parseStrategies(content, whole)).toEqual([{ kind: 'strategy', text: 'Flash cards\nMake them.' }]);
  });

  it('without a heading are malformed; cut by max_tokens lose the last', () => {
    expect(parseStrategies('1. Read it twice.', whole)).toMatchObject([{ reason: 'malformed' }]);
    expect(parseStrategies('## A\nx\n## B\ny', cut)).toEqual([{ kind: 'strategy', text: 'A\nx' }]);
    expect(parseStrategies('## A\nx', cut)).toMatchObject([{ reason: 'truncated' }]);
  });
});

describe('a document', () => {
  it('is the whole answer without a lead-in line or a fence around it', () => {
    const text = 'The harbour of Quellin has five piers.';
    expect(parseDocumentText(`Here is the timeline:\n\n${text}`)).toEqual([{ kind: 'document', text }]);
    expect(parseDocumentText(`\`\`\`markdown\n${text}\n\`\`\``)).toEqual([{ kind: 'document', text }]);
    expect(parseDocumentText('Here lies Ilsa Venn, keeper of the light.')).toMatchObject([{ kind: 'document' }]);
  });

  it('of hardly any words is none', () => {
    expect(parseDocumentText('Timeline')).toMatchObject([{ reason: 'malformed' }]);
    expect(parseDocumentText('***')).toMatchObject([{ reason: 'empty' }]);
  });
});
