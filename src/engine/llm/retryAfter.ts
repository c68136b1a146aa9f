/** Looks up a header by lower-case name. */
export type HeaderReader = (name: string) => string | null | undefined;

/**
 * How long a server asks to be left alone, in ms from `now` (Unix ms), or null. Reads `retry-after-ms`, and
 * `retry-after` in seconds or as an HTTP date (RFC 9110 §10.2.3). Taken in full: cutting it short is what makes
 * rate-limit storms.
 */
export function retryAfterMs(header: HeaderReader, now = Date.now()): number | null {
  const ms = header('retry-after-ms');
  if (ms && Number.isFinite(Number(ms))) return Math.max(0, Number(ms));
  const value = header('retry-after')?.trim();
  if (!value) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
