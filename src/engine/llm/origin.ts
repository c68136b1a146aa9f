import { isIPv4 } from 'node:net';

/** `scheme://host[:port]` of a URL, the unit of trust: a key stored for one origin is never sent to another. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

/**
 * True where the origin is this machine whatever a name server says: 127.0.0.0/8, ::1 and `localhost`.
 * Names below `.localhost` are asked of a name server on some systems, so they do not count.
 */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname;
  if (host === 'localhost' || host === '[::1]') return true;
  // URL has already normalised 127.1, 0x7f.0.0.1 and the like.
  return isIPv4(host) && host.startsWith('127.');
}
