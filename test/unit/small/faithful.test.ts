import { describe, expect, test } from 'vitest';
import { judgeRewording, questionFault } from '../../../src/engine/synth/small/faithful.ts';

describe('a reworded sentence', () => {
  const source = 'The first stone quay of Osmerrow was finished in 1689 by the mason Ysolt Karrow.';
  const verdict = (reworded: string) => judgeRewording(source, reworded).kind;

  test('stands for its source when every name, number and nearly every word is there', () => {
    expect(verdict('In 1689 the mason Ysolt Karrow finished the first stone quay of Osmerrow.')).toBe('whole');
  });
  test('stands beside it when it is true but says less', () => {
    expect(verdict('The mason Ysolt Karrow finished the first stone quay.')).toBe('part');
  });
  test('is told from a copy', () => {
    expect(verdict('The first stone quay of Osmerrow was finished in 1689, by the mason Ysolt Karrow.')).toBe(
      'verbatim',
    );
  });
  test('a piece of the source is a copy too', () => {
    expect(verdict('Osmerrow was finished in 1689 by the mason Ysolt Karrow.')).toBe('verbatim');
  });
  test('is lost with a number or name of its own', () => {
    expect(verdict('In 1698 the mason Ysolt Karrow finished the first stone quay of Osmerrow.')).toBe('lost');
    expect(verdict('In 1689 the mason Piers Hollin finished the first stone quay of Osmerrow.')).toBe('lost');
  });
  test('is lost when it turns a no into a yes', () => {
    expect(
      judgeRewording('The boats could not land at Marram Point.', 'At Marram Point the boats could land.').kind,
    ).toBe('lost');
  });
  test('is lost when it invents or stutters', () => {
    expect(verdict('Ysolt Karrow was a famous and wealthy mason from Osmerrow.')).toBe('lost');
    expect(verdict('In 1689 the first stone quay of Osmerrow was finished in 1689 by the mason Ysolt Karrow.')).toBe(
      'lost',
    );
  });
  test('twelve and 12 are one number, 1,200 and 1200 too', () => {
    expect(
      judgeRewording('Twelve boats brought 1,200 sacks of salt.', '1200 sacks of salt were brought by 12 boats.').kind,
    ).toBe('whole');
  });
});

describe('a question about a sentence', () => {
  const from = {
    fact: 'The chief engineer, Tobias Renn, replaced the steam boilers with diesel engines in 1957.',
    title: 'Harlow Ferry Company',
    answer: '1957',
    asks: 'When',
  };

  test('is kept when it keeps to the sentence', () => {
    expect(questionFault('When did Tobias Renn replace the steam boilers with diesel engines?', from)).toBeUndefined();
  });
  test.each([
    ['When did Tobias Renn replace the steam boilers in 1957?', 'malformed'],
    ['When did Tobias Renn replace the steam boilers.', 'malformed'],
    ['Who replaced the steam boilers with diesel engines?', 'malformed'],
    ['When did Edith Harlow replace the steam boilers?', 'unfaithful'],
    ['When did the old mill buy coal and diesel?', 'unfaithful'],
    ['When was it?', 'unfaithful'],
  ])('%s is %s', (question, reason) => {
    expect(questionFault(question, from)?.reason).toBe(reason);
  });

  test('an amount is not asked for with another amount', () => {
    const fact = 'Creative revenue of $10.46 billion increased by $913 million during fiscal 2022.';
    const amount = { fact, title: 'Report', answer: '$10.46 billion', asks: 'How much' };
    expect(questionFault('How much did creative revenue increase by 913 million?', amount)?.reason).toBe('malformed');
    expect(questionFault('How much creative revenue was there during fiscal 2022?', amount)).toBeUndefined();
  });
});
