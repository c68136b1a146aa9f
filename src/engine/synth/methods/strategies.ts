import { z } from 'zod';
import { documentInputs } from '../documentInputs.ts';
import { parseStrategies } from '../parse/strategies.ts';
import agnostic from '../prompts/strategies_task_agnostic.md';
import specific from '../prompts/strategies_task_specific.md';
import type { Draft, Method } from '../types.ts';

/** Options of Active Reading's first stage, shared with Focal Rewriting: equal options are equal requests, paid once. */
export const strategyOptions = {
  strategies: z
    .enum(['task_agnostic', 'task_specific', 'both'])
    .default('task_agnostic')
    .describe(
      'How strategies are asked for: ways to learn this document, or to prepare for a trivia contest about it [both: Active Reading paper; the default is ours: reconstruction].',
    ),
  strategy_calls_per_window: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('Strategy requests for each window, of each kind chosen [reconstruction].'),
};

interface StrategyOptions {
  strategies: 'task_agnostic' | 'task_specific' | 'both';
  strategy_calls_per_window: number;
}

export const strategyPrompts = { strategies_task_agnostic: agnostic, strategies_task_specific: specific };

/** Stage 1 (recipe §3.4): which strategies would help to learn all of this window's content? */
export const strategyStage: Method<StrategyOptions>['stages'][number] = {
  id: 'strategies',
  count: (size, options) => size.windows * options.strategy_calls_per_window * kinds(options).length,
  *plan({ document, options }) {
    for (let replica = 0; replica < options.strategy_calls_per_window; replica++) {
      for (const window of document.windows) {
        for (const kind of kinds(options)) {
          yield {
            stage: 'strategies',
            template: `strategies_${kind}`,
            window: window.index,
            replica,
            inputs: documentInputs(document, window.index),
          } satisfies Draft;
        }
      }
    }
  },
  // A list of strategies cut by max_tokens still holds whole ones: the parser drops the last.
  keepsComplete: true,
  parse: (content, _draft, { truncated }) => parseStrategies(content, { truncated }),
};

function kinds(options: StrategyOptions): ('task_agnostic' | 'task_specific')[] {
  return options.strategies === 'both' ? ['task_agnostic', 'task_specific'] : [options.strategies];
}
