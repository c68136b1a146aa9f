import { z } from 'zod';
import { AnswerFilter, BreakdownBy } from '../../../src/contract/results.ts';

export const Tab = z.enum(['verdict', 'breakdown', 'answers']);
export type Tab = z.infer<typeof Tab>;

/** How the person looks at the results; never the results themselves. `v` and `project` are `ResultsPanelState`'s. */
export const UiState = z.object({
  v: z.literal(1),
  project: z.string(),
  tab: Tab,
  /** Which table of four cells: `benchmark|split|scoring|model`. */
  four: z.string().nullable(),
  /** The two cells that are compared and whose answers are listed. */
  first: z.string().nullable(),
  second: z.string().nullable(),
  by: BreakdownBy,
  filter: AnswerFilter,
  question: z.string().nullable(),
  /** Charts as tables. */
  tables: z.boolean(),
  split: z.number().min(0.1).max(0.9),
});
export type UiState = z.infer<typeof UiState>;

export function freshUiState(project: string): UiState {
  return {
    v: 1,
    project,
    tab: 'verdict',
    four: null,
    first: null,
    second: null,
    by: 'document',
    filter: {},
    question: null,
    tables: false,
    split: 0.45,
  };
}

/** The remembered state, if it is of this project and of today's shape; otherwise a fresh one. */
export function revived(remembered: unknown, project: string): UiState {
  const state = UiState.safeParse(remembered);
  return state.success && state.data.project === project ? state.data : freshUiState(project);
}
