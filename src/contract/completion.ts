import { z } from 'zod';

/** 128-bit id of a request, 32 lower-case hex digits. It is the `custom_id` of the OpenAI batch format. */
export const RequestId = z.string().regex(/^[0-9a-f]{32}$/);
export type RequestId = z.infer<typeof RequestId>;

export const COMPLETION_VERSION = 1;

/**
 * One line of `.smt/completions/*.jsonl`: an OpenAI batch output line plus `smt`. One line per answered attempt.
 * A request that ended without an answer and must not be sent again (400, 413, 422 …) has `error` set and counts
 * as terminal; attempts that failed and are tried again (429, 5xx, resets) are events of the run, not lines here.
 */
export const CompletionLine = z.object({
  id: z.string().nullable(),
  custom_id: RequestId,
  response: z
    .object({ status_code: z.number().int(), request_id: z.string().nullable(), body: z.unknown() })
    .nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  smt: z.object({
    v: z.literal(COMPLETION_VERSION),
    /** 1-based attempt that was answered. */
    attempt: z.number().int().positive(),
    /** Endpoint id of the user's registry; never its URL. */
    endpoint: z.string(),
    /** From sending to the last byte. */
    ms: z.number(),
    /** Money in the registry's currency unit (US dollars), null where no price is known. */
    cost: z.number().nullable(),
    /** Run id that paid for it. */
    run: z.string(),
    /** Unix time in ms when the answer was complete. */
    at: z.number(),
    /** True where the server sent no `usage` and tokens are our estimate. */
    estimated_usage: z.boolean().optional(),
    input_tokens: z.number().int().nonnegative(),
    output_tokens: z.number().int().nonnegative(),
  }),
});
export type CompletionLine = z.infer<typeof CompletionLine>;
