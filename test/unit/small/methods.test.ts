import { describe, expect, test } from 'vitest';
import { methodsFor } from '../../../src/engine/synth/registry.ts';
import {
  smallActiveReadingMethod,
  smallFocalRewritingMethod,
  smallQaMethod,
} from '../../../src/engine/synth/small/index.ts';
import { loadPrompts } from '../../../src/engine/synth/template/prompts.ts';
import type { Draft, MethodDocument } from '../../../src/engine/synth/types.ts';

const text = `# Harlow Ferry Company

The Harlow Ferry Company was founded in 1903 by Edith Harlow, who had run a salt barge.
The chief engineer Tobias Renn replaced the steam boilers with diesel engines in 1957.

It is a small company. Captain Mirela Dowd holds the record of 61,000 crossings.
The night ferry was abolished in 1974 because the new bridge at Ostley took most of the traffic.
The blue and white funnel was designed by the painter Ines Calloway.
During the flood of 1962 the Grey Heron rescued 214 people from the lower town.
`;
const document: MethodDocument = {
  id: 'ferry.md',
  title: 'Harlow Ferry Company',
  metadata: {},
  windows: [{ index: 0, start: 100, end: 100 + text.length, text, tokens: 180 }],
};
const nothing = { strategies: [], questions: [], draws: [] };
const source = ({ source }: Draft) => text.slice((source?.start ?? 0) - 100, (source?.end ?? 0) - 100);
const qaDrafts = (questions_per_window: number) => [
  ...(smallQaMethod.stages[0]?.plan({ ...nothing, document, options: { questions_per_window } }) ?? []),
];
const arDrafts = (documents_per_window: number) => [
  ...(smallActiveReadingMethod.stages[0]?.plan({ ...nothing, document, options: { documents_per_window } }) ?? []),
];

test('the profile has the ids of the standard one, and its prompts load', () => {
  expect(methodsFor('small').map(({ id, kind }) => [id, kind])).toEqual(
    methodsFor('standard').map(({ id, kind }) => [id, kind]),
  );
  expect(loadPrompts(methodsFor('small')).ok).toBe(true);
});

describe('questions', () => {
  test('one sentence a request, with its offsets in the document', () => {
    const drafts = qaDrafts(24);
    expect(drafts.length).toBeGreaterThan(5);
    for (const draft of drafts) {
      expect(source(draft)).toBe(draft.inputs.fact);
      expect(draft.inputs.fact).toContain(draft.inputs.answer);
    }
  });

  test('no sentence that points back, no heading', () => {
    for (const draft of qaDrafts(24)) expect(draft.inputs.fact).not.toMatch(/^It |^#/);
  });

  test('more questions are appended, earlier ones stay', () => {
    expect(qaDrafts(12).slice(0, 4)).toEqual(qaDrafts(4));
  });

  test('a passage is asked about alone', () => {
    const start = 100 + text.indexOf('The blue and white');
    const drafts = [
      ...(smallQaMethod.stages[0]?.plan({
        ...nothing,
        document,
        options: { questions_per_window: 24 },
        passage: { start, end: start + 20 },
      }) ?? []),
    ];
    expect(drafts.length).toBeGreaterThan(0);
    for (const draft of drafts) expect(draft.inputs.fact).toContain('funnel');
  });

  test('the answer is the sentence under the title; a server may repeat the first words or not', () => {
    const draft = qaDrafts(24).find(({ inputs }) => inputs.answer === '1957');
    if (draft === undefined) throw new Error('no question for 1957');
    const parse = (content: string) =>
      smallQaMethod.stages[0]?.parse(content, draft, {
        document,
        options: { questions_per_window: 1 },
        truncated: false,
      });
    const whole = parse('When did Tobias Renn replace the steam boilers with diesel engines?');
    expect(whole).toEqual([
      {
        kind: 'qa',
        question: 'When did Tobias Renn replace the steam boilers with diesel engines?',
        answer:
          'Harlow Ferry Company: The chief engineer Tobias Renn replaced the steam boilers with diesel engines in 1957.',
        source: draft.source,
      },
    ]);
    expect(parse('did Tobias Renn replace the steam boilers with diesel engines?')).toEqual(whole);
    expect(parse('When did the moon replace the cheese?')?.[0]).toMatchObject({
      kind: 'rejected',
      reason: 'unfaithful',
    });
  });
});

describe('rewritings', () => {
  const [draft] = arDrafts(24).filter(({ inputs }) => inputs.fact?.includes('funnel'));
  const parse = (content: string) => {
    if (draft === undefined) throw new Error('the funnel is not reworded');
    return smallActiveReadingMethod.stages[0]?.parse(content, draft, {
      document,
      options: { documents_per_window: 1 },
      truncated: false,
    })[0];
  };

  test('a document is the reworded sentence and its neighbours, under the title', () => {
    expect(draft?.inputs.beginning).toBe('The painter Ines Calloway');
    const parsed = parse('The painter Ines Calloway designed the blue and white funnel.');
    expect(parsed).toMatchObject({ kind: 'document', source: draft?.source });
    expect(parsed?.kind === 'document' ? parsed.text : '').toMatch(
      /^Harlow Ferry Company\n\nThe painter Ines Calloway designed the blue and white funnel\. .{20}/,
    );
  });

  test('an unfaithful one and a copy are rejected with what is wrong', () => {
    expect(parse('The painter Ines Calloway designed 300 blue boats.')).toMatchObject({
      kind: 'rejected',
      reason: 'unfaithful',
    });
  });

  test('every strategy is a name from the fixed list and no two requests are the same', () => {
    const drafts = arDrafts(24);
    expect(new Set(drafts.map(({ inputs }) => JSON.stringify(inputs))).size).toBe(drafts.length);
    expect(arDrafts(2)).toEqual(drafts.slice(0, 2));
  });

  test('a focal rewriting begins with the sentence that bears on its question and records it', () => {
    const query = { id: 'q1', text: 'How many crossings did Captain Mirela Dowd make?', window: 0 };
    const [focal] = [
      ...(smallFocalRewritingMethod.stages[0]?.plan({
        ...nothing,
        document,
        options: { documents_per_window: 1 },
        draws: [{ strategy: '', query, window: 0, replica: 0 }],
      }) ?? []),
    ];
    expect(focal?.query).toEqual(query);
    expect(`${focal?.inputs.fact}`).toContain('Mirela Dowd');
    expect(focal?.inputs.beginning).toBe('61,000 crossings');
    expect(focal?.inputs.question).toBe(query.text);
    expect(focal && source(focal)).toBe(focal?.inputs.fact);
  });
});
