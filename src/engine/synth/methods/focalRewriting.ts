import { z } from 'zod';
import { documentInputs } from '../documentInputs.ts';
import { parseDocumentText } from '../parse/documentText.ts';
import prompt from '../prompts/focal_rewriting.md';
import type { Draft, Method } from '../types.ts';
import { documentsPerWindow } from './documentsPerWindow.ts';
import { strategyOptions, strategyPrompts, strategyStage } from './strategies.ts';

export const FocalRewritingOptions = z.strictObject({
  ...strategyOptions,
  documents_per_window: documentsPerWindow(
    'Rewrites for each window: pairs of a strategy and a synthetic question of the same document, drawn without replacement [reconstruction; the paper does not say how pairs are made].',
  ),
});
export type FocalRewritingOptions = z.infer<typeof FocalRewritingOptions>;

/** Focal Rewriting (arXiv 2603.23562): Active Reading's second call plus "Focus on the question {{question}}". */
export const focalRewritingMethod: Method<FocalRewritingOptions> = {
  id: 'focal_rewriting',
  label: 'Focal Rewriting',
  kind: 'document',
  description: 'Active Reading documents, each focused on one synthetic question about the document.',
  options: FocalRewritingOptions,
  prompts: { ...strategyPrompts, focal_rewriting: prompt },
  stages: [
    // The same requests as Active Reading's first stage when the options are the same: paid once.
    strategyStage,
    {
      id: 'documents',
      needs: 'questions_and_strategies',
      count: (size, options) => size.windows * options.documents_per_window,
      draws: (document, options) => document.windows.length * options.documents_per_window,
      *plan({ document, draws }) {
        for (const { strategy, query, window, replica } of draws) {
          if (query === undefined) continue;
          yield {
            stage: 'documents',
            template: 'focal_rewriting',
            window,
            replica,
            strategy,
            query,
            ...(query.source === undefined ? {} : { source: query.source }),
            inputs: { ...documentInputs(document, window), strategy, question: query.text },
          } satisfies Draft;
        }
      },
      parse: (content, draft) =>
        parseDocumentText(content).map((parsed) =>
          parsed.kind === 'document' && draft.source !== undefined ? { ...parsed, source: draft.source } : parsed,
        ),
    },
  ],
};
