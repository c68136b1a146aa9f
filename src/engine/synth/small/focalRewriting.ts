import { z } from 'zod';
import { documentsPerWindow } from '../methods/documentsPerWindow.ts';
import type { Draft, Draw, Method, MethodDocument, Question } from '../types.ts';
import { type Fact, factsOf } from './facts.ts';
import small_rewording from './prompts/small_rewording.md';
import { assemble, BEGINNINGS, type Beginning, beginningOf, FACTS_PER_DOCUMENT, rewordingDraft } from './rewording.ts';
import { contentStems } from './words.ts';

export const SmallFocalRewritingOptions = z.strictObject({
  documents_per_window: documentsPerWindow('Rewrites for each window, each for one synthetic question.'),
});
export type SmallFocalRewritingOptions = z.infer<typeof SmallFocalRewritingOptions>;

/**
 * Focal Rewriting for a very small model: the sentences that bear on the question, the most telling one first and in
 * other words.
 */
export const smallFocalRewritingMethod: Method<SmallFocalRewritingOptions> = {
  id: 'focal_rewriting',
  label: 'Focal Rewriting',
  kind: 'document',
  description: 'The sentences that bear on one question, the most telling one first and in other words.',
  options: SmallFocalRewritingOptions,
  prompts: { small_rewording },
  stages: [
    {
      id: 'documents',
      needs: 'questions',
      count: (size, options) => size.windows * options.documents_per_window,
      draws: (document, options) => document.windows.length * options.documents_per_window,
      *plan({ document, draws }) {
        for (const draw of draws) {
          const draft = draftOf(document, draw);
          if (draft !== undefined) yield draft;
        }
      },
      parse: (content, draft, { document }) => [assemble(content, draft, document)],
    },
  ],
};

function draftOf(document: MethodDocument, { query, window: index, replica }: Draw): Draft | undefined {
  const window = document.windows.find((each) => each.index === index);
  if (query === undefined || window === undefined) return undefined;
  const facts = bearingOn(query, factsOf(window)).slice(0, FACTS_PER_DOCUMENT);
  const beginnings = facts.flatMap((fact) =>
    inOrderFor(query.text).flatMap((each) => {
      const beginning = beginningOf(fact, each);
      return beginning === undefined ? [] : [{ fact, beginning, strategy: each.strategy }];
    }),
  );
  // The same question again takes the next way to begin; when all are used, the request is the same and is not repeated.
  const way = beginnings[replica % Math.max(1, beginnings.length)];
  if (way === undefined) return undefined;
  const draft = rewordingDraft(document, {
    stage: 'documents',
    window: index,
    facts: [way.fact, ...facts.filter((fact) => fact !== way.fact)],
    beginning: way.beginning,
    strategy: way.strategy,
  });
  // The other sentences may stand anywhere: what a person wants to see is the one that was reworded.
  const source = { start: way.fact.start, end: way.fact.end };
  return { ...draft, query, source, inputs: { ...draft.inputs, question: query.text } };
}

/** Facts by how many of the question's words they share, a rare word counting more; the question's own sentence first. */
function bearingOn(query: Question, facts: readonly Fact[]): Fact[] {
  const stems = facts.map((fact) => new Set(contentStems(fact.text)));
  const inFacts = (word: string) => stems.filter((each) => each.has(word)).length;
  const asked = [...new Set(contentStems(query.text))].map((word) => ({ word, weight: 1 / (1 + inFacts(word)) }));
  return facts
    .map((fact, index) => ({
      fact,
      score:
        asked.reduce((sum, { word, weight }) => sum + (stems[index]?.has(word) ? weight : 0), 0) +
        (query.source?.start === fact.start ? asked.length : 0),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.fact.start - b.fact.start)
    .map(({ fact }) => fact);
}

/** What the question asks for is said first: its date, its name, its number. */
function inOrderFor(question: string): Beginning[] {
  const first = /^how (?:many|much|long)/i.test(question) ? 'number' : /^when/i.test(question) ? 'date' : 'name';
  return [...BEGINNINGS].sort((a, b) => Number(b.id === first) - Number(a.id === first));
}
