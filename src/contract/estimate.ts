import { z } from 'zod';

/** A quantity with its interval. `basis` says where it comes from, in words a person can check. */
export const Interval = z.object({ low: z.number(), mid: z.number(), high: z.number(), basis: z.string() });
export type Interval = z.infer<typeof Interval>;

export const Estimate = z.object({
  v: z.literal(1),
  /** Planned requests in all, and those whose answer is already in the log. */
  planned: z.number().int(),
  answered: z.number().int(),
  /** Requests still to be sent. Later stages depend on earlier answers, hence an interval. */
  requests: Interval,
  input_tokens: Interval,
  output_tokens: Interval,
  /** Dollars; null where an endpoint has no price. */
  cost: Interval.nullable(),
  seconds: Interval.nullable(),
  /** Worst case that the hard budget allows, e.g. every answer at max_tokens. */
  ceiling: z.object({ output_tokens: z.number(), cost: z.number().nullable() }),
  by_method: z.array(z.object({ method: z.string(), requests: Interval, output_tokens: Interval })),
  /** Origins documents would go to that are not this machine. */
  destinations: z.array(
    z.object({
      endpoint: z.string(),
      origin: z.string(),
      local: z.boolean(),
      consented: z.boolean(),
      documents: z.number().int(),
      tokens: z.number(),
    }),
  ),
  notes: z.array(z.string()),
});
export type Estimate = z.infer<typeof Estimate>;
