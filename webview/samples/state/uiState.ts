import { z } from 'zod';
import { SampleFilter } from '../../../src/contract/samplesView.ts';

/**
 * What the page remembers over hiding, moving and reloading: how the person looked at the samples, and words they typed
 * but did not save. Never the samples themselves. `v` and `project` are those of `SamplesPanelState`, which the editor's
 * serializer reads.
 */
export const DetailTab = z.enum(['sample', 'lineage', 'prompt', 'completion']);
export type DetailTab = z.infer<typeof DetailTab>;

export const EditedFields = z.object({
  question: z.string().optional(),
  explanation: z.string().optional(),
  answer: z.string().optional(),
  text: z.string().optional(),
});
export type EditedFields = z.infer<typeof EditedFields>;

const share = z.number().min(0.1).max(0.9);
export const UiState = z.object({
  v: z.literal(1),
  project: z.string(),
  filter: SampleFilter,
  /** Shares of the width that the source takes, and of the list beside (or above) the details. */
  split: z.object({ source: share, list: share }),
  /** The sample shown in detail and its position, and the first visible row. */
  active: z.object({ id: z.string(), index: z.number().int().nonnegative() }).nullable(),
  top: z.number().int().nonnegative(),
  /** The document a person chose to read, when it is not the one of the active sample. */
  document: z.string().nullable(),
  tab: DetailTab,
  /** In a narrow panel only one of them fits. */
  narrow: z.enum(['samples', 'source']),
  audit: z.object({ id: z.string(), at: z.number().int().nonnegative() }).nullable(),
  draft: z.object({ sample: z.string(), fields: EditedFields }).nullable(),
});
export type UiState = z.infer<typeof UiState>;

export function freshUiState(project: string): UiState {
  return {
    v: 1,
    project,
    filter: {},
    split: { source: 0.36, list: 0.5 },
    active: null,
    top: 0,
    document: null,
    tab: 'sample',
    narrow: 'samples',
    audit: null,
    draft: null,
  };
}

/** The remembered state, if it is of this project and of today's shape; otherwise a fresh one. */
export function revived(remembered: unknown, project: string): UiState {
  const state = UiState.safeParse(remembered);
  return state.success && state.data.project === project ? state.data : freshUiState(project);
}
