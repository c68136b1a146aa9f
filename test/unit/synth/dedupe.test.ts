import { describe, expect, it } from 'vitest';
import { LeakGate } from '../../../src/engine/synth/dedupe/leakGate.ts';
import {
  features,
  jaccard,
  NEAR_DUPLICATE,
  NearQuestionIndex,
} from '../../../src/engine/synth/dedupe/nearQuestions.ts';
import { normalised, words } from '../../../src/engine/synth/dedupe/normalise.ts';
import { OrderedDuplicates } from '../../../src/engine/synth/dedupe/orderedDuplicates.ts';
import { seeded } from '../../../src/engine/synth/plan/random.ts';

describe('normalised text', () => {
  it('forgets case, accents, punctuation and spacing, and keeps numbers whole', () => {
    expect(normalised('  “Où est—the CAFÉ?” ')).toBe('ou est the cafe');
    expect(normalised('Revenue: 1,234.5 (2022)')).toBe('revenue 1,234.5 2022');
  });

  it('has the same words in plain ASCII as beside an accent', () => {
    const random = seeded('ascii');
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: 24 }, () => "aB7.,' -'\n_$%sS12".charAt(Math.floor(random() * 17))).join('');
      expect(words(text), text).toEqual(words(`${text} é`).slice(0, -1));
    }
  });
});

describe('near-duplicate questions', () => {
  const verdict = (a: string, b: string) => {
    const questions = new OrderedDuplicates('near');
    questions.add('a', 1, a);
    return questions.add('b', 2, b)[0]?.duplicateOf;
  };

  it.each([
    ['What year did Quellin harbour open?', 'what year did  Quellin harbour open'],
    ['In what year did Quellin harbour open?', 'What year did Quellin harbour open?'],
  ])('%s = %s', (a, b) => expect(verdict(a, b)).toBe('a'));

  it.each([
    [
      'What was the revenue of the harbour in 2021 after all costs?',
      'What was the revenue of the harbour in 2022 after all costs?',
    ],
    ['Who is the mother of Ilsa Venn?', 'Who is the father of Ilsa Venn?'],
    ['When did the brig sail?', 'Where did the brig sail?'],
  ])('%s ≠ %s', (a, b) => expect(verdict(a, b)).toBeUndefined());

  it('are all found by the index, and hardly more is compared than they', () => {
    const random = seeded('near');
    const vocabulary = Array.from({ length: 60 }, (_, index) => `${'w'.repeat(1 + (index % 7))}${index}`);
    const questions = Array.from({ length: 400 }, () =>
      Array.from({ length: 3 + Math.floor(random() * 14) }, () => vocabulary[Math.floor(random() * 60)]).join(' '),
    );
    // Half of them again with one word changed, left out or added.
    for (const [at, question] of questions.slice(0, 200).entries()) {
      questions.push(question.replace(/^\S+/, ['changed', '', 'added $&'][at % 3] ?? ''));
    }
    const index = new NearQuestionIndex();
    const sets = questions.map(features);
    let found = 0;
    let compared = 0;
    sets.forEach((set, at) => {
      const candidates = index.insert(set);
      compared += candidates.length;
      expect(new Set(candidates).size).toBe(candidates.length);
      for (const other of candidates) {
        expect(index.isNear(other, set)).toBe(jaccard(sets[other] ?? set, set) >= NEAR_DUPLICATE);
      }
      for (let other = 0; other < at; other++) {
        if (jaccard(sets[other] ?? set, set) < NEAR_DUPLICATE) continue;
        expect(candidates).toContain(other);
        found++;
      }
    });
    expect(found).toBeGreaterThan(100);
    expect(compared).toBeLessThan((600 * 599) / 2 / 20);
  });
});

describe('duplicates by plan order', () => {
  it('turn verdicts when an earlier text arrives later, along the whole chain', () => {
    const texts = new OrderedDuplicates('near');
    expect(texts.add('b', 2, 'who keeps the old light at quellin pier')).toEqual([
      { key: 'b', duplicateOf: undefined },
    ]);
    expect(texts.add('a', 1, 'who keeps the old light at quellin pier?')).toEqual([
      { key: 'a', duplicateOf: undefined },
      { key: 'b', duplicateOf: 'a' },
    ]);
    expect(texts.duplicates).toBe(1);
  });

  it('end in the same verdicts whatever order texts arrive in', () => {
    const words = 'who what when light pier brig oil count tide master port'.split(' ');
    const random = seeded('order');
    const texts = Array.from({ length: 120 }, (_, rank) => ({
      key: `k${rank}`,
      rank,
      text: Array.from({ length: 5 }, () => words[Math.floor(random() * 4)]).join(' '),
    }));
    const verdicts = (order: typeof texts) => {
      const all = new OrderedDuplicates('near');
      const seen = new Map<string, string | undefined>();
      for (const { key, rank, text } of order)
        for (const one of all.add(key, rank, text)) seen.set(one.key, one.duplicateOf);
      for (const [key, duplicateOf] of seen) expect(all.verdict(key)).toEqual({ key, duplicateOf });
      return new Map([...seen].sort());
    };
    const expected = verdicts(texts);
    expect([...expected.values()].filter((one) => one !== undefined).length).toBeGreaterThan(20);
    for (let round = 0; round < 20; round++) {
      const shuffled = texts
        .map((text) => ({ text, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ text }) => text);
      expect(verdicts(shuffled)).toEqual(expected);
    }
  });

  it('of documents are exact only', () => {
    const documents = new OrderedDuplicates('exact');
    documents.add('a', 1, 'The brig Tolland left the pier.');
    expect(documents.add('b', 2, 'the brig tolland  left the pier')[0]?.duplicateOf).toBe('a');
    expect(documents.add('c', 3, 'The brig Tolland left the old pier.')[0]?.duplicateOf).toBeUndefined();
  });
});

describe('the evaluation gate', () => {
  const gate = new LeakGate([
    { id: '1', file: 'benchmarks/own.yaml', question: 'Which pier did the brig Tolland leave from in October 1911?' },
    { id: '2', question: 'Who rang the bell?' },
  ]);

  it('rejects a question that is equal after normalisation, and names it by id, never by text', () => {
    const verdict = gate.question('which pier did the Brig Tolland leave from, in October 1911');
    expect(verdict).toMatchObject({ kind: 'leak', benchmark: 'benchmarks/own.yaml#1' });
    expect(JSON.stringify(verdict)).not.toContain('Tolland');
    expect(gate.question('Who rang the bell?')).toMatchObject({ kind: 'leak', benchmark: '2' });
  });

  it('knows a question again whichever apostrophe a file or a model types', () => {
    const own = new LeakGate([{ id: 'c', question: 'What’s the name of Korvin’s ship?' }]);
    expect(own.question("What's the name of Korvin's ship?").kind).toBe('leak');
    expect(own.leaks({ explanation: "He asked: What's the name of Korvin's ship?" })).toBe(true);
  });

  it('lists one that shares eight words in a row or most of its words', () => {
    expect(gate.question('Say which pier did the brig Tolland leave from, and why?')).toMatchObject({ kind: 'close' });
    expect(gate.question('Who rang the bell of the chapel at dawn?')).toMatchObject({ kind: 'clear' });
    expect(gate.question('Did the brig Tolland leave from which pier in October 1911?')).toMatchObject({
      kind: 'close',
    });
  });

  it('finds an evaluation question inside a document', () => {
    expect(gate.text('Study notes. Which pier did the brig Tolland leave from in October 1911? Pier 4.')).toMatchObject(
      { kind: 'leak' },
    );
    expect(gate.text('They asked: who cares. Who rang the bell? Nobody knew.')).toMatchObject({ kind: 'leak' });
    expect(gate.text('The brig Tolland left from pier 4 in October 1911.')).toEqual({ kind: 'clear' });
  });

  it('of a project without benchmarks lets everything through', () => {
    expect(new LeakGate([]).question('Who rang the bell?')).toEqual({ kind: 'clear' });
  });
});
