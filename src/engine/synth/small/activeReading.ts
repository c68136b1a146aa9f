import { z } from 'zod';
import { documentsPerWindow } from '../methods/documentsPerWindow.ts';
import { spreadOrder } from '../methods/regions.ts';
import type { Draft, Method } from '../types.ts';
import { type Fact, factsIn } from './facts.ts';
import small_rewording from './prompts/small_rewording.md';
import { assemble, BEGINNINGS, beginningOf, FACTS_PER_DOCUMENT, rewordingDraft } from './rewording.ts';

export const SmallActiveReadingOptions = z.strictObject({
  documents_per_window: documentsPerWindow('Documents for each window.'),
});
export type SmallActiveReadingOptions = z.infer<typeof SmallActiveReadingOptions>;

const TOKENS_PER_FACT = 25;

/**
 * Active Reading for a very small model: the strategies are a fixed list (it cannot think of any), the document is one
 * sentence in other words with its neighbours as they stand. Three sentences in one request were measured: six times
 * the tokens for each one kept.
 */
export const smallActiveReadingMethod: Method<SmallActiveReadingOptions> = {
  id: 'active_reading',
  label: 'Active Reading',
  kind: 'document',
  description: 'One sentence in other words by one of four fixed strategies, with its neighbours.',
  options: SmallActiveReadingOptions,
  prompts: { small_rewording },
  stages: [
    {
      id: 'documents',
      count: ({ windows, tokens }, options) =>
        Math.min(
          windows * options.documents_per_window,
          Math.max(1, Math.floor((tokens / TOKENS_PER_FACT / FACTS_PER_DOCUMENT) * BEGINNINGS.length)),
        ),
      *plan({ document, options, passage }) {
        const rows = document.windows.map((window) => ({
          window: window.index,
          ways: waysOf(factsIn(window, passage)),
        }));
        for (let turn = 0; turn < options.documents_per_window; turn++) {
          for (const { window, ways } of rows) {
            const way = ways[turn];
            if (way !== undefined)
              yield rewordingDraft(document, { stage: 'documents', window, ...way }) satisfies Draft;
          }
        }
      },
      parse: (content, draft, { document }) => [assemble(content, draft, document)],
    },
  ],
};

interface Way {
  facts: Fact[];
  beginning: string;
  strategy: string;
}

/** Every passage by one strategy before any by a second, spread over the window; the strategies turn with the passages. */
function waysOf(facts: readonly Fact[]): Way[] {
  const passages: Fact[][] = [];
  for (let at = 0; at < facts.length; at += FACTS_PER_DOCUMENT) passages.push(facts.slice(at, at + FACTS_PER_DOCUMENT));
  const choices = passages.map(waysOfPassage);
  const order = spreadOrder(passages.length);
  const ways: Way[] = [];
  for (let round = 0; round < BEGINNINGS.length; round++) {
    for (const [place, index] of order.entries()) {
      const own = choices[index] ?? [];
      const way = round < own.length ? own[(place + round) % own.length] : undefined;
      if (way !== undefined) ways.push(way);
    }
  }
  return ways;
}

/** Per strategy, the shortest sentence that can begin that way (long ones come back broken), then the others in order. */
function waysOfPassage(facts: readonly Fact[]): Way[] {
  const shortestFirst = [...facts].sort((a, b) => a.text.length - b.text.length);
  return BEGINNINGS.flatMap((each) => {
    for (const fact of shortestFirst) {
      const beginning = beginningOf(fact, each);
      if (beginning === undefined) continue;
      return [{ facts: [fact, ...facts.filter((other) => other !== fact)], beginning, strategy: each.strategy }];
    }
    return [];
  });
}
