import { hash } from 'node:crypto';

/** First 128 bits of SHA-256 as 32 lower-case hex digits: the identity of texts, templates and requests. */
export function contentHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
