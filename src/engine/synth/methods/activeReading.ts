import { z } from 'zod';
import { documentInputs } from '../documentInputs.ts';
import { parseDocumentText } from '../parse/documentText.ts';
import prompt from '../prompts/active_reading.md';
import type { Draft, Method } from '../types.ts';
import { documentsPerWindow } from './documentsPerWindow.ts';
import { strategyOptions, strategyPrompts, strategyStage } from './strategies.ts';

export const ActiveReadingOptions = z.strictObject({
  ...strategyOptions,
  documents_per_window: documentsPerWindow(
    'Documents for each window. Every strategy of the document is applied once before any is applied twice [reconstruction].',
  ),
});
export type ActiveReadingOptions = z.infer<typeof ActiveReadingOptions>;

/** Active Reading (arXiv 2508.09494): the model proposes learning strategies, then applies each to the document. */
export const activeReadingMethod: Method<ActiveReadingOptions> = {
  id: 'active_reading',
  label: 'Active Reading',
  kind: 'document',
  description: 'The model proposes strategies for learning a document, then writes it anew by each of them.',
  options: ActiveReadingOptions,
  prompts: { ...strategyPrompts, active_reading: prompt },
  stages: [
    strategyStage,
    {
      id: 'documents',
      needs: 'strategies',
      count: (size, options) => size.windows * options.documents_per_window,
      draws: (document, options) => document.windows.length * options.documents_per_window,
      *plan({ document, draws }) {
        for (const { strategy, window, replica } of draws) {
          yield {
            stage: 'documents',
            template: 'active_reading',
            window,
            replica,
            strategy,
            inputs: { ...documentInputs(document, window), strategy },
          } satisfies Draft;
        }
      },
      parse: (content) => parseDocumentText(content),
    },
  ],
};
