import history from '../../sample-corpus/a-short-history-of-osmerrow.md';
import nature from '../../sample-corpus/nature-notes-of-vennay.md';
import type { RejectionReason, Sample } from '../../src/contract/sample.ts';

/** Documents of the sample corpus with samples as an engine would have made them: for the dev page and its tests. */
export interface FixtureDocument {
  id: string;
  title: string;
  text: string;
  pages?: number[];
}

const long = Array.from({ length: 40 }, (_, chapter) => `Chapter ${chapter + 1}\n\n${nature}\n\n${history}\n\n`);

export const documents: FixtureDocument[] = [
  { id: 'a-short-history-of-osmerrow.md', title: 'A Short History of Osmerrow', text: history },
  { id: 'nature-notes-of-vennay.md', title: 'Nature Notes of Vennay', text: nature },
  {
    id: 'vennay-almanac.pdf',
    title: 'The Vennay Almanac',
    text: long.join(''),
    pages: long.map((_, at) => long.slice(0, at).join('').length),
  },
];

export const methods = [
  { id: 'synthetic_qa', label: 'Synthetic QA', kind: 'qa' },
  { id: 'active_reading', label: 'Active Reading', kind: 'document' },
  { id: 'focal_rewriting', label: 'Focal Rewriting', kind: 'document' },
];

const strategies = [
  'Retell it as a letter from somebody who was there, keeping every number and name.',
  'Make a timeline, one line a year, and say what caused what.',
  'Explain it to a child of ten who has never seen the sea.',
  'Write the questions a town guide would be asked, with the answers.',
];

/** A small generator of numbers, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

interface Sentence {
  text: string;
  start: number;
  end: number;
}

function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = [];
  for (const match of text.matchAll(/[A-Z][^.\n]{40,240}\./g))
    found.push({ text: match[0], start: match.index, end: match.index + match[0].length });
  return found;
}

const asked = [
  (s: string) => `What does the text say about ${topic(s)}?`,
  (s: string) => `Which detail is given about ${topic(s)}, and why does it matter?`,
  (s: string) => `How is ${topic(s)} described?`,
];
const topic = (sentence: string) =>
  sentence.split(' ').slice(0, 5).join(' ').replace(/^The /, 'the ').replace(/[,;]$/, '');

const reasons: RejectionReason[] = [
  'duplicate',
  'duplicate',
  'duplicate',
  'unfaithful',
  'malformed',
  'truncated',
  'leak',
];
const details: Partial<Record<RejectionReason, string>> = {
  duplicate: 'Nearly the same question was made earlier for this document (similarity 0.86).',
  unfaithful: 'The number 212 of the source became 221.',
  malformed: 'The line “Answer:” is missing.',
  truncated: 'Cut off at 512 output tokens.',
  leak: 'Repeats question 14 of benchmarks/osmerrow.jsonl.',
};

export function makeSamples(many: number, seed = 7, from = 0): Sample[] {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(random() * list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  const perDocument = documents.map((document) => sentencesOf(document.text.slice(0, 60_000)));
  const samples: Sample[] = [];
  for (let at = from; at < from + many; at += 1) {
    const which = Math.floor(random() * documents.length);
    const document = documents[which];
    const sentences = perDocument[which];
    if (!document || !sentences) continue;
    const sentence = pick(sentences);
    const kind = random();
    const rejected = random() < 0.17;
    const reason = pick(reasons);
    const shared = {
      v: 1 as const,
      id: at.toString(16).padStart(32, '0'),
      document: document.id,
      window: 0,
      ...(rejected
        ? { state: 'rejected' as const, reason, ...(details[reason] ? { detail: details[reason] } : {}) }
        : { state: 'accepted' as const }),
      ...(random() < 0.08 ? { reviewed: true } : {}),
      ...(random() < 0.05 ? { stale: true } : {}),
      source: { start: sentence.start, end: sentence.end },
      request: Math.floor(at / 3)
        .toString(16)
        .padStart(32, '0'),
      model: 'smollm2-135m-instruct',
      document_hash: random() < 0.03 ? 'older' : `hash of ${document.id}`,
      order: [Math.floor(at / 3), at % 3] satisfies [number, number],
      toy: true,
    };
    if (kind < 0.55) {
      const question = pick(asked)(sentence.text);
      samples.push({
        ...shared,
        kind: 'qa',
        method: 'synthetic_qa',
        question,
        explanation: `The document states it directly: ${sentence.text} Nothing else in the passage contradicts it.`,
        answer: sentence.text.split(' ').slice(-7).join(' '),
        tokens: 60 + Math.floor(random() * 90),
        ...(random() < 0.06 ? { reviewed: true, original: `Q: ${question}\nA: ${sentence.text}` } : {}),
      });
    } else {
      const focal = kind > 0.78;
      const served = focal
        ? samples.find((sample) => sample.kind === 'qa' && sample.document === document.id)
        : undefined;
      samples.push({
        ...shared,
        kind: 'document',
        method: focal ? 'focal_rewriting' : 'active_reading',
        strategy: pick(strategies),
        text: Array.from({ length: 6 }, () => pick(sentences).text).join(' '),
        ...(served ? { query: served.id, query_text: served.question ?? '' } : {}),
        tokens: 180 + Math.floor(random() * 300),
      });
    }
  }
  return samples;
}
