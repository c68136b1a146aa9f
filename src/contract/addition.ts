import { z } from 'zod';

/**
 * One line of `.smt/plan/additions.jsonl`: a person asked for more (right-click, panel, `generate` with a target).
 * Append-only; the generating job that holds the lease tails it, so a request made meanwhile joins its plan, and an
 * addition that no job has served yet is served by the next one.
 */
export const PlanAddition = z.object({
  v: z.literal(1),
  /** 32 hex digits, random: the same wish twice is two wishes (two more draws). */
  id: z.string(),
  at: z.string(),
  document: z.string(),
  /** Method to draw from: `qa`, `active_reading`, `focal_rewriting` … */
  method: z.string(),
  /** Requests to add for this target. */
  count: z.number().int().positive().max(10_000),
  /** Only this passage: character offsets into the document's extracted text. */
  range: z.object({ start: z.number().int().nonnegative(), end: z.number().int().positive() }).optional(),
  /** Focal rewrites for this question: a sample id or the id of a person's own question in reviews.jsonl. */
  query: z.object({ id: z.string(), text: z.string() }).optional(),
  /** Draw this request again (a further replica of the same prompt). */
  regenerate: z.object({ request: z.string() }).optional(),
});
export type PlanAddition = z.infer<typeof PlanAddition>;
