import { describe, expect, it } from 'vitest';
import { withoutThinking } from '../../../src/engine/eval/score/answerContent.ts';
import { extractChoice, extractShortAnswer } from '../../../src/engine/eval/score/extraction.ts';

const CHOICES = ['the Cradle Reef', 'Gannet Stack', 'Whinny Head', 'the Narrow Gut'];
const NUMBERS = ['1866', '1803', '1899', '1933', '1912'];

const LONG = ['He kept the oil dry', 'He kept the oil for the warden of the town', 'He sold it'];

/** Hand-made forms of answers: what a model wrote, and the option it chose (null: cannot be parsed, counts as wrong). */
const FORMS: readonly [written: string, choice: number | null, choices?: readonly string[]][] = [
  // The asked form, and the ways in which models decorate it.
  ['Answer: B', 1],
  ['Answer: B.', 1],
  ['answer: C', 2],
  ['ANSWER: D', 3],
  ['The ship was wrecked on the reef near the light.\n\nAnswer: A', 0],
  ['**Answer: B**', 1],
  ['**Answer:** B', 1],
  ['**Answer: **C**', 2],
  ['Answer: **D**', 3],
  ['Answer: (A)', 0],
  ['Answer: (B) Gannet Stack', 1],
  ['Answer: B) Gannet Stack', 1],
  ['Answer: C. Whinny Head', 2],
  ['The answer is: B', 1],
  ['The correct answer is: **B**', 1],
  ['My final Answer : D', 3],
  ['Answer:\nC', 2],
  ['Answer:   \n\n  (C)', 2],
  ['* Answer * : A', 0],
  ['Answer is: A', 0],
  ['Answer: E', 4, NUMBERS],
  // The last one counts: a model may correct itself, or repeat the examples first.
  ['Answer: A\nNo, that was the second ship.\nAnswer: C', 2],
  ['At first one thinks Answer: B, but the chart says otherwise. Answer: D', 3],
  // Words that begin with a letter are no letter.
  ['Answer: Definitely the Cradle Reef', null],
  ['To answer a question: Because of the reef', null],
  ['I will answer: Any of these may be right', null],
  // A lower-case letter or no colon is not the asked form.
  ['Answer: b', null],
  ['The answer is B', null],
  ['Answer B', null],
  // Outside of the options, or several.
  ['Answer: E', null],
  ['Answer: F', null],
  ['Answer: J', null],
  ['Answer: A, B', null],
  ['Answer: A and B', null],
  ['Answer: A or C', null],
  ['Answer: B/C', null],
  ['Answer: (A), (B)', null],
  ['Answer: **A** and **D**', null],
  ['Answer: A & B', null],
  ['Answer: C, because A ship was lost', 2],
  ['Answer: A, a reef in the north', 0],
  // The tag.
  ['<answer>B</answer>', 1],
  ['I think so. <answer> (C) </answer>', 2],
  ['<answer>D. the Narrow Gut</answer>', 3],
  ['<answer>Whinny Head</answer>', 2],
  ['<answer>A, B</answer>', null],
  ['<answer>somewhere else</answer>', null],
  ['<answer>A</answer> no: <answer>B</answer>', 1],
  ['<answer>A</answer>\nAnswer: D', 3],
  // The option's exact text, alone or on the last line; never the closest one.
  ['Whinny Head', 2],
  ['the cradle reef.', 0],
  ['"Gannet Stack"', 1],
  ['B. Gannet Stack', 1],
  ['It was a stormy night.\nthe Narrow Gut', 3],
  ['Answer: Whinny Head', 2],
  ['Cradle', null],
  ['Gannet Stack or Whinny Head', null],
  ['It was Gannet Stack, I believe', null],
  ['1899', 2, NUMBERS],
  ['1866 or 1803', null, NUMBERS],
  // Which apostrophe is typed says nothing.
  ["B. It's not known", 1, ['It’s known', 'It’s not known']],
  // Cut by the length of an answer: the letter with the beginning of its own option, and of no other.
  ['B. He kept the oil for the war', 1, LONG],
  ['B. He kept the oil for the wardens', null, LONG],
  ['B. He kept the oil for himself', null, LONG],
  ['A. He kept the oil for the war', null, LONG],
  ['B. He kept the oil', null, LONG],
  ['C. He kept the lamp for', null, LONG],
  ['He kept the oil for the war', null, LONG],
  // A bare letter.
  ['B', 1],
  ['(C)', 2],
  ['D.', 3],
  ['G', null],
  // Nothing to parse; a refusal; numbers.
  ['', null],
  ['   \n ', null],
  ["I'm sorry, I cannot help with that.", null],
  ['Answer:', null],
  ['Answer: 2', null],
  ['Answer: AB', null],
  // Thinking is removed before anything is read: letters in it are not the answer.
  ['<think>Answer: A looks right. Or B?</think>\nAnswer: C', 2],
  ['<think>Answer: A</think>', null],
  ['<think>Answer: A never closes', null],
];

describe('the chosen option in a written answer', () => {
  it('has at least sixty forms to be right about', () => expect(FORMS.length).toBeGreaterThanOrEqual(60));

  it.each(FORMS)('%j → %j', (written, choice, choices = CHOICES) => {
    const found = extractChoice(withoutThinking(written), choices);
    expect(found.parsed ? found.choice : null).toBe(choice);
  });

  it('says why nothing was parsed', () => {
    const why = (text: string) => {
      const found = extractChoice(text, CHOICES);
      return found.parsed ? undefined : found.why;
    };
    expect([why(''), why('Answer: A, B'), why('Answer: E'), why('who knows')]).toEqual([
      'empty',
      'several_letters',
      'out_of_range',
      'no_answer',
    ]);
  });

  it('does not take two options with the same words for one', () => {
    expect(extractChoice('The reef', ['the reef', 'a reef', 'the Reef!'])).toEqual({ parsed: false, why: 'no_answer' });
  });
});

describe('a written short answer', () => {
  it.each([
    ['43', '43'],
    ['Answer: 43 settlers', '43 settlers'],
    ['They counted twice.\n\n**Answer:** 43', '43'],
    ['Let me think. The answer is: free bread.', 'free bread.'],
    ['<answer>1741</answer>', '1741'],
    ['212 metres\nQuestion: What else?', '212 metres'],
    ['Answer: A\nAnswer: 96', '96'],
    ['  \n', undefined],
    ['Answer:', undefined],
  ])('%j → %j', (written, answer) => {
    const found = extractShortAnswer(written);
    expect(found.parsed ? found.answer : undefined).toBe(answer);
  });
});
