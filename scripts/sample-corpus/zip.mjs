import { strToU8, zipSync } from 'fflate';

// ZIP has no time zone: a local date keeps the bytes the same everywhere.
const mtime = new Date(2025, 0, 1);

export const escapeXml = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** A ZIP archive of texts; those named in `stored` are not compressed. */
export function zip(entries, stored = []) {
  return zipSync(
    Object.fromEntries(
      Object.entries(entries).map(([path, text]) => [
        path,
        [strToU8(text), { level: stored.includes(path) ? 0 : 9, mtime }],
      ]),
    ),
  );
}
