import { describe, expect, test } from 'vitest';
import { splitSentences } from '../../../src/engine/corpus/index.ts';

const split = (text: string) => splitSentences(text).map(({ start, end }) => text.slice(start, end));

describe('sentences', () => {
  test.each([
    ['Dr. Emrys Tallow came. He left.', ['Dr. Emrys Tallow came.', 'He left.']],
    ['It cost 3.5 crowns. No. 7 was sold!', ['It cost 3.5 crowns.', 'No. 7 was sold!']],
    [
      'J. R. Lunt wrote it, e.g. in May. "Why?" she asked. (Nobody knew.) Then…',
      ['J. R. Lunt wrote it, e.g. in May.', '"Why?" she asked.', '(Nobody knew.)', 'Then…'],
    ],
    ['He said "Enough." Then he left.', ['He said "Enough."', 'Then he left.']],
    ['The company is Boon Inc. The other is not.', ['The company is Boon Inc.', 'The other is not.']],
    ['Boon Inc. grew. See p. 12 and fig. 3.', ['Boon Inc. grew.', 'See p. 12 and fig. 3.']],
    ['It rained on 4 Nov. 1938 all day. Fin.', ['It rained on 4 Nov. 1938 all day.', 'Fin.']],
    ['In the U.S. Navy it was 5 p.m. The bell rang.', ['In the U.S. Navy it was 5 p.m.', 'The bell rang.']],
    ['彼は来た。彼女は去った。', ['彼は来た。', '彼女は去った。']],
    ['', []],
    [' \n\n ', []],
    ['no end', ['no end']],
  ])('%s', (text, sentences) => {
    expect(split(text)).toEqual(sentences);
  });

  test('headings, list items and table rows stand alone, wrapped lines do not', () => {
    expect(
      split('# Head\nText that\nwraps. More.\n\n- one\n- two runs\n  on\n1. three\n\n| a | b |\n| c | d |'),
    ).toEqual([
      '# Head',
      'Text that\nwraps.',
      'More.',
      '- one',
      '- two runs\n  on',
      '1. three',
      '| a | b |',
      '| c | d |',
    ]);
  });

  test('spans are trimmed, in order, and together hold everything but white space', () => {
    const text = '  # A\n\nOne. Two?  Three!\n\n\n * x\n\ttail "quoted." end';
    const spans = splitSentences(text);
    let last = 0;
    for (const { start, end } of spans) {
      expect(text.slice(last, start).trim()).toBe('');
      expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
      last = end;
    }
    expect(text.slice(last).trim()).toBe('');
  });

  test('time grows with the length, whatever the text', () => {
    const ms = (text: string) => {
      const start = performance.now();
      splitSentences(text);
      return performance.now() - start;
    };
    for (const unit of ['a', '. ', ' ', '\n', '"', 'Dr. ', '# ', 'A. B. ', '...']) {
      const small = unit.repeat(Math.ceil(100_000 / unit.length));
      ms(small);
      // Eight times the text may take some ten times as long, a quadratic algorithm takes 64 times.
      expect(ms(small.repeat(8)), JSON.stringify(unit)).toBeLessThan(30 * ms(small) + 200);
    }
  });
});
