/** Texts as small integers: a million rows name a few thousand documents and a handful of methods. */
export class Interner {
  readonly values: string[] = [];
  readonly #codes = new Map<string, number>();
  /** Codes by hash of the UTF-8 bytes, so that rows read from Arrow need no string each. */
  readonly #byHash = new Map<number, { code: number; bytes: Uint8Array }>();

  code(value: string): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.values.push(value) - 1;
    this.#codes.set(value, code);
    return code;
  }

  /** Code of a text, or -1 where it was never seen. */
  find(value: string): number {
    return this.#codes.get(value) ?? -1;
  }

  /** Code of the UTF-8 text in `bytes[start, end)`. */
  codeOfBytes(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5; // FNV-1a
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    const known = this.#byHash.get(hash);
    if (known && sameBytes(known.bytes, bytes, start, end)) return known.code;
    const own = bytes.slice(start, end);
    const code = this.code(new TextDecoder().decode(own));
    if (!known) this.#byHash.set(hash, { code, bytes: own });
    return code;
  }
}

function sameBytes(own: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (own.length !== end - start) return false;
  for (let at = 0; at < own.length; at++) if (own[at] !== bytes[start + at]) return false;
  return true;
}
