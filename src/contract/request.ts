import { z } from 'zod';
import { RequestId } from './completion.ts';

/** SHA-256 of a text, first 128 bits as 32 lower-case hex digits. */
export const ContentHash = z.string().regex(/^[0-9a-f]{32}$/);
export type ContentHash = z.infer<typeof ContentHash>;

export const REQUEST_VERSION = 1;

/**
 * One line of `.smt/requests/requests-*.jsonl`: what a request was made of, by content hash, so that the exact
 * prompt of any completion can be rendered again. Texts stand once in `.smt/requests/texts-*.jsonl` under their hash.
 */
export const RequestLine = z.object({
  v: z.literal(REQUEST_VERSION),
  id: RequestId,
  method: z.string(),
  /** Stage of the method, e.g. `strategies` or `document`. */
  stage: z.string(),
  /** Document id: path in the project, plus `#row` for a row of a JSONL file. */
  document: z.string(),
  /** 0-based window of the document. */
  window: z.number().int().nonnegative(),
  /** 0-based replica: the same prompt drawn again. */
  replica: z.number().int().nonnegative(),
  /** Content hash of the template's body (front matter excluded). */
  template: ContentHash,
  /** Its name, for people: the id goes by the hash. */
  template_name: z.string().optional(),
  /** Template variables by content hash: `document`, `title`, `strategy`, `question` … */
  inputs: z.record(z.string(), ContentHash),
  model: z.string(),
  /** Output-affecting sampling parameters: temperature, top_p, max_tokens, stop, seed. */
  params: z.record(z.string(), z.unknown()),
  /** Content hash of the JSON schema asked for, if any. */
  schema: ContentHash.optional(),
  /** Sample id of the question a focal rewrite serves. */
  query: z.string().optional(),
  /** The passage the request is about, where the method knows it: character offsets into the document's text. */
  source: z.object({ start: z.number().int(), end: z.number().int() }).optional(),
});
export type RequestLine = z.infer<typeof RequestLine>;

/** One line of `.smt/requests/texts-*.jsonl`. */
export const TextLine = z.object({ v: z.literal(REQUEST_VERSION), hash: ContentHash, text: z.string() });
export type TextLine = z.infer<typeof TextLine>;
