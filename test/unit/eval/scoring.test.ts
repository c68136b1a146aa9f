import { describe, expect, it } from 'vitest';
import { preferredChoice } from '../../../src/engine/eval/score/likelihood.ts';
import { matchesShortAnswer, quantityOf, saysShortAnswer } from '../../../src/engine/eval/score/shortAnswer.ts';

describe('a short answer is right', () => {
  it.each([
    // The same words, whatever the case, accents, punctuation and articles.
    ['free bread', 'free bread'],
    ['Free bread.', 'free bread'],
    ['The Cradle Reef', 'the Cradle Reef'],
    ['Cafe Éloise', 'café eloise'],
    // The same number, with its unit or without.
    ['212', '212 metres'],
    ['212 m', '212 metres'],
    ['85 kW', '85 kilowatts'],
    ['43.', '43'],
    // Scale, as the question or the answer names it.
    ['$1,577 million', '$1577.00'],
    ['1577', '$1577.00'],
    ['$1.577 billion', '$1,577 million'],
    ['1.6 bn', '1,600 million'],
    // Rounding to the digits that were written.
    ['24.3', '24.26'],
    ['about 65%', '65.4%'],
    ['-0.02', '−0.02'],
    ['(0.02)', '-0.02'],
    ['9.5x', '9.5 times'],
  ])('%j for %j', (said, gold) => expect(matchesShortAnswer(said, gold)).toBe(true));

  it('where it is one of the accepted wordings', () => {
    expect(matchesShortAnswer('96 houses', '96', ['96 houses'])).toBe(true);
    expect(matchesShortAnswer('fifteen', '15', ['fifteen'])).toBe(true);
  });
});

describe('a short answer is wrong', () => {
  it.each([
    ['', '43'],
    ['44', '43'],
    ['430', '43'],
    ['0.02', '-0.02'],
    ['-5', '5'],
    ['212 feet', '212 metres'],
    ['€1577', '$1577'],
    ['65.4', '66.4%'],
    ['2', '2.4'],
    ['1.577', '$1577.00'],
    ['bread', 'free bread'],
    ['free bread and butter', 'free bread'],
    ['I do not know', '43'],
    ['$1,577 million', '$1,577 thousand'],
  ])('%j for %j', (said, gold) => expect(matchesShortAnswer(said, gold)).toBe(false));
});

describe('a line of a very small model says the answer', () => {
  it.each([
    ['The bell is 640 kilograms.', '640 kilograms', true],
    ['The pie is made with seven herrings, two apples', 'seven', true],
    ['The bell is 1640 kilograms.', '640 kilograms', false],
    ['The fare is 1.50 crowns.', '50', false],
    ['It fell by 5 degrees', '-5', false],
    ['Nobody knows', 'a ram', false],
    ['', 'a ram', false],
  ])('%j, asked for %j: %j', (said, gold, right) => expect(saysShortAnswer(said, gold)).toBe(right));

  it('but not where it names another choice as well', () => {
    const others = ['the Cradle Reef', 'Gannet Stack'];
    expect(saysShortAnswer('It was on Whinny Head', 'Whinny Head', [], others)).toBe(true);
    expect(saysShortAnswer('On Whinny Head or Gannet Stack', 'Whinny Head', [], others)).toBe(false);
    expect(saysShortAnswer('He paid 1,200 crowns', '1,200 crowns', [], ['200 crowns', '1,200'])).toBe(true);
  });
});

describe('a quantity', () => {
  it('is a number with unit and scale, and nothing else', () => {
    expect(quantityOf('$1,577 million')).toMatchObject({ value: 1.577e9, unit: '$', scaled: true });
    expect(quantityOf('12 metres')).toMatchObject({ value: 12, unit: 'm' });
    expect(quantityOf('(3.5%)')).toMatchObject({ value: -3.5, unit: '%' });
    expect(quantityOf('the 12 apostles of the north')).toBeUndefined();
    expect(quantityOf('FY2022')).toBeUndefined();
  });
});

describe('the choice a model prefers', () => {
  const asked = {
    choices: [
      { sum: -4, tokens: 1 },
      { sum: -6, tokens: 3 },
      { sum: -5, tokens: 2 },
    ],
  };
  const without = {
    choices: [
      { sum: -3, tokens: 1 },
      { sum: -5, tokens: 3 },
      { sum: -9, tokens: 2 },
    ],
  };

  it('by sum, per token, corrected by its likelihood without the question, and without the question', () => {
    expect(preferredChoice('likelihood_sum', asked, without)).toBe(0);
    expect(preferredChoice('likelihood_token', asked, without)).toBe(1);
    expect(preferredChoice('likelihood_corrected', asked, without)).toBe(2);
    expect(preferredChoice('likelihood_no_question', asked, without)).toBe(1);
  });

  it('is none where a likelihood is missing or not a number', () => {
    expect(preferredChoice('likelihood_corrected', asked, undefined)).toBeUndefined();
    expect(preferredChoice('likelihood_sum', { choices: [{ sum: Number.NaN, tokens: 1 }] }, undefined)).toBeUndefined();
  });
});
