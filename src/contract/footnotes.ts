const MARKS = ['*', '†', '‡', '§', '¶'];

/** Footnotes of a table or a report: equal notes share a mark, different ones never do. */
export class Footnotes {
  readonly #marks = new Map<string, string>();
  #told = 0;

  /** The mark of a note; empty where there is none. */
  mark(note: string | undefined): string {
    if (note === undefined || note === '') return '';
    const known = this.#marks.get(note);
    if (known !== undefined) return known;
    const at = this.#marks.size;
    const mark = (MARKS[at % MARKS.length] ?? '*').repeat(1 + Math.floor(at / MARKS.length));
    this.#marks.set(note, mark);
    return mark;
  }

  /** The marks of several notes in their order, each after a space; empty where there are none. */
  after(...notes: readonly (string | undefined)[]): string {
    const marks = new Set(notes.map((note) => this.mark(note)));
    return [...this.#marks.values()]
      .filter((mark) => marks.has(mark))
      .map((mark) => ` ${mark}`)
      .join('');
  }

  /** `* the note`, for every note marked since the last call, in the order of their marks. */
  lines(): string[] {
    const lines = [...this.#marks].slice(this.#told).map(([note, mark]) => `${mark} ${note}`);
    this.#told = this.#marks.size;
    return lines;
  }
}
