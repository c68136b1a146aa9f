import type { FileBytes } from './types.ts';

export type Unzipped =
  | { ok: true; entries: Map<string, FileBytes> }
  | { ok: false; reason: 'too_large' | 'malformed' | 'encrypted'; message: string };

const MOST_ENTRIES = 20_000;

/**
 * The wanted entries of a ZIP archive, uncompressed, as long as they stay under `limit` bytes together. The sizes that
 * the archive declares are only a first check: fflate never writes past a declared size, so a lying one is cut.
 */
export async function unzipWanted(
  bytes: FileBytes,
  wanted: (path: string) => boolean,
  limit: number,
): Promise<Unzipped> {
  // An encrypted Office file is no ZIP but an OLE container.
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0)
    return {
      ok: false,
      reason: 'encrypted',
      message:
        'The file is password-protected, or in an old Office format. Save an unprotected copy in the current format.',
    };
  const { unzipSync } = await import('fflate');
  let total = 0;
  let count = 0;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        count += 1;
        if (!wanted(name)) return false;
        total += originalSize;
        if (total > limit || count > MOST_ENTRIES) throw new OverLimit();
        return true;
      },
    });
    return { ok: true, entries: new Map(Object.entries(files)) };
  } catch (error) {
    if (error instanceof OverLimit)
      return {
        ok: false,
        reason: 'too_large',
        message: `Uncompressed it would be larger than ${Math.round(limit / 2 ** 20)} MB. Split it, or raise \`corpus.max_file_mb\` in smt.yaml if you trust it.`,
      };
    return {
      ok: false,
      reason: 'malformed',
      message: `Not a readable archive (${error instanceof Error ? error.message : String(error)}). The file is damaged or cut: open it in its own program and save it again.`,
    };
  }
}

class OverLimit extends Error {}
