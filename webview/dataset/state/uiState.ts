import { z } from 'zod';

/** What the dataset page remembers over hiding, moving and reloading. */
export const UiState = z.object({
  v: z.literal(1),
  project: z.string(),
  name: z.string().nullable(),
  split: z.enum(['train', 'held_out']),
  /** First row of the page. */
  offset: z.number().int().nonnegative(),
});
export type UiState = z.infer<typeof UiState>;

export const ROWS_A_PAGE = 20;

export function freshUiState(project: string): UiState {
  return { v: 1, project, name: null, split: 'train', offset: 0 };
}

export function revived(remembered: unknown, project: string): UiState {
  const state = UiState.safeParse(remembered);
  return state.success && state.data.project === project ? state.data : freshUiState(project);
}

/** The page's first row after a step; it stays inside the rows. */
export function turned(offset: number, total: number, to: 'first' | 'previous' | 'next' | 'last'): number {
  const last = Math.max(0, Math.floor((total - 1) / ROWS_A_PAGE) * ROWS_A_PAGE);
  switch (to) {
    case 'first':
      return 0;
    case 'previous':
      return Math.max(0, offset - ROWS_A_PAGE);
    case 'next':
      return Math.min(last, offset + ROWS_A_PAGE);
    case 'last':
      return last;
  }
}
