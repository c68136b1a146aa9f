import { z } from 'zod';

/**
 * What the Samples page hands to `setState`, and what the editor gives back to the serializer after a reload. Only UI
 * state: `project` (the path of `SamplesPanelInit`) lets the host find its folder again, the rest is the page's own.
 * An older shape fails this schema and the panel opens fresh.
 */
export const SamplesPanelState = z.looseObject({ v: z.literal(1), project: z.string() });
export type SamplesPanelState = z.infer<typeof SamplesPanelState>;

/** The same for the Results page. */
export const ResultsPanelState = z.looseObject({ v: z.literal(1), project: z.string() });
export type ResultsPanelState = z.infer<typeof ResultsPanelState>;
