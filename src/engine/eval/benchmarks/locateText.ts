/**
 * Finds a quoted piece of text in an extracted one. The two were extracted by different programs, so only letters and
 * digits are compared: spaces, line breaks, hyphens and ligatures differ. Offsets are of the original text.
 */
export class TextLocator {
  readonly #letters: string;
  /** Offset in the original of each kept character. */
  readonly #offsets: Uint32Array;
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    const offsets = new Uint32Array(text.length);
    let letters = '';
    const word = /[\p{L}\p{N}]+/gu;
    for (let found = word.exec(text); found; found = word.exec(text)) {
      const lower = found[0].toLowerCase();
      // A few letters change their length in lower case; offsets must stay one to one.
      const kept = lower.length === found[0].length ? lower : found[0];
      for (let at = 0; at < kept.length; at++) offsets[letters.length + at] = found.index + at;
      letters += kept;
    }
    this.#letters = letters;
    this.#offsets = offsets.subarray(0, letters.length);
  }

  /** All places where the piece stands, as offsets of the original text. */
  all(piece: string): { start: number; end: number }[] {
    const wanted = lettersOf(piece);
    const places: { start: number; end: number }[] = [];
    if (wanted === '') return places;
    for (let at = this.#letters.indexOf(wanted); at >= 0; at = this.#letters.indexOf(wanted, at + wanted.length))
      places.push(this.#place(at, at + wanted.length));
    return places;
  }

  /** Does the piece stand there as whole words? `12` does not stand in `1912`. */
  words(piece: string, text: string): { start: number; end: number }[] {
    const edge = /[\p{L}\p{N}]/u;
    return this.all(piece).filter(
      ({ start, end }) => !edge.test(text.charAt(start - 1)) && !edge.test(text.charAt(end)),
    );
  }

  /**
   * A long quotation whose middle may differ (tables): from its first `anchor` letters to its last, where these stand at
   * a plausible distance; else the first alone.
   */
  passage(piece: string, within = { start: 0, end: this.#length }): { start: number; end: number } | undefined {
    const wanted = lettersOf(piece);
    if (wanted === '') return undefined;
    const [from, to] = [this.#indexOf(within.start), this.#indexOf(within.end)];
    const whole = this.#find(wanted, from, to);
    if (whole !== undefined) return this.#place(whole, whole + wanted.length);
    const anchor = Math.min(60, Math.floor(wanted.length / 3));
    if (anchor < 12) return undefined;
    const head = this.#find(wanted.slice(0, anchor), from, to);
    if (head === undefined) return undefined;
    const tail = this.#find(wanted.slice(-anchor), head, Math.min(to, head + Math.ceil(wanted.length * 1.2)));
    return this.#place(head, tail === undefined ? head + anchor : tail + anchor);
  }

  #find(wanted: string, from: number, to: number): number | undefined {
    const found = this.#letters.indexOf(wanted, from);
    return found < 0 || found + wanted.length > to ? undefined : found;
  }

  #place(from: number, to: number): { start: number; end: number } {
    return { start: this.#offsets[from] ?? 0, end: (this.#offsets[to - 1] ?? this.#length - 1) + 1 };
  }

  /** First kept character at or behind an offset of the original. */
  #indexOf(offset: number): number {
    let [low, high] = [0, this.#offsets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function lettersOf(text: string): string {
  return (text.match(/[\p{L}\p{N}]+/gu) ?? [])
    .map((word) => (word.toLowerCase().length === word.length ? word.toLowerCase() : word))
    .join('');
}
