import type { FileBytes } from './types.ts';

export type Decoded = { ok: true; text: string } | { ok: false; message: string };

/**
 * Bytes to text: UTF-8, or UTF-16 with a byte order mark, or the charset that the file itself declares.
 * Line ends become LF and control characters go, so that the same text has the same hash on every system.
 */
export function decodeText(bytes: FileBytes, declaredCharset?: string): Decoded {
  const label = byteOrderMark(bytes) ?? 'utf-8';
  try {
    return { ok: true, text: cleanText(new TextDecoder(label, { fatal: true }).decode(bytes)) };
  } catch {
    if (declaredCharset) {
      try {
        return { ok: true, text: cleanText(new TextDecoder(declaredCharset, { fatal: true }).decode(bytes)) };
      } catch {
        // An unknown or wrong label: reported below like an undeclared one.
      }
    }
    return {
      ok: false,
      message: `Not ${label === 'utf-8' ? 'UTF-8' : label.toUpperCase()} text. Save the file as UTF-8 (in VS Code: click the encoding in the status bar, then "Save with Encoding").`,
    };
  }
}

function byteOrderMark(bytes: FileBytes): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f\ufeff]/g;

/** LF line ends, no control characters, no lone surrogates (they have no UTF-8 form, so no stable hash). */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\f\v\u2028\u2029]/g, '\n')
    .replace(CONTROL, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
