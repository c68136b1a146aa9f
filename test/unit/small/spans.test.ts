import { describe, expect, test } from 'vitest';
import { placesIn, spansOf } from '../../../src/engine/synth/small/spans.ts';

const asked = (sentence: string, places?: ReadonlySet<string>) =>
  spansOf(sentence, places).map(({ asks, text }) => `${asks}: ${text}`);

describe('what a question about a sentence can ask for', () => {
  test('a year, a month with its year, a full date', () => {
    expect(asked('The chief engineer changed the boilers in 1957.')).toContain('When: 1957');
    expect(asked('The tower burned on 3 February 1741 in a storm.')).toContain('When: 3 February 1741');
    expect(asked('The quay was begun in the autumn of 1612 by salt boilers.')).toContain('When: autumn of 1612');
  });

  test('a count with its noun, a length of time, money', () => {
    expect(asked('Its first vessel carried forty passengers.')).toContain('How many passengers: forty passengers');
    expect(asked('The old mill burned for three days in a row.')).toContain('How long: three days');
    expect(asked('Dogs need a ticket of one pound.')).toContain('How much: one pound');
    expect(asked('The company paid $1,200 million for it.').some((span) => span.startsWith('How much: $1,200'))).toBe(
      true,
    );
  });

  test('"3D" and "zero" count nothing', () => {
    expect(asked('The tools make 3D experiences with zero errors.').join()).not.toContain('How many');
  });

  test('a person after "by", a place after a word of place', () => {
    expect(asked('The funnel was designed by the painter Ines Calloway.')).toContain('Who: Ines Calloway');
    expect(asked('The workshop was moved to Pell Street.')).toContain('Where: Pell Street');
  });

  test('a name that is a place elsewhere in the text is not asked for with Who', () => {
    const places = placesIn('Nobody lived on Gannet Stack. Gannet Stack has a bell.');
    expect(asked('Gannet Stack has a bell and a cistern.', places)).not.toContain('Who: Gannet Stack');
    expect(asked('Josune Wraye left with a suitcase.', places)).toContain('Who: Josune Wraye');
  });

  test('offsets are those of the span in the sentence', () => {
    const sentence = 'The lens weighs 2.3 tonnes and came from Port Hadrell in 1879.';
    for (const { text, start, end } of spansOf(sentence)) expect(sentence.slice(start, end)).toBe(text);
  });
});
