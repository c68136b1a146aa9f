import { z } from 'zod';
import { Grounding } from '../../../src/contract/conversation.ts';

/** What the Job page remembers over hiding, moving and reloading: how a person looked at the run, never the run. */
export const Axis = z.enum(['tokens', 'seconds', 'step']);
export type Axis = z.infer<typeof Axis>;

export const UiState = z.object({
  v: z.literal(1),
  project: z.string(),
  run: z.string(),
  axis: Axis,
  as: z.enum(['chart', 'table']),
  /** Runs laid over this one, in the order they were added. */
  overlaid: z.array(z.string()).max(20),
  /** Look of each run that was ever shown here: it stays. */
  slots: z.record(z.string(), z.number().int().nonnegative()),
  zoom: z.tuple([z.number(), z.number()]).nullable(),
  /** Keys of curves beyond the usual ones. */
  more: z.array(z.string()).max(50),
  /** Of a talk with a served checkpoint: what the next answer rests on, and a question that is not asked yet. */
  grounding: Grounding.default('closed_book'),
  draft: z.string().max(8_000).default(''),
});
export type UiState = z.infer<typeof UiState>;

export function freshUiState(project: string, run: string): UiState {
  return {
    ...{ v: 1, project, run, axis: 'tokens', as: 'chart', overlaid: [], slots: {}, zoom: null, more: [] },
    ...{ grounding: 'closed_book', draft: '' },
  };
}

/** The remembered state where it is of this run and of today's shape; otherwise a fresh one. */
export function revived(remembered: unknown, project: string, run: string): UiState {
  const state = UiState.safeParse(remembered);
  return state.success && state.data.project === project && state.data.run === run
    ? state.data
    : freshUiState(project, run);
}
