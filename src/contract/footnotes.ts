const MARKS = ['*', '†', '‡', '§', '¶'];

/** Footnotes of a table or a report: equal notes share a mark, different ones never do. */
export class Footnotes {
  readonly #marks = new Map<string, string>();
  readonly #common: ReadonlySet<string>;
  #told = 0;

  /** @param cells notes of each cell of the table: one that all of several cells have is told first, without a mark */
  constructor(cells: readonly (readonly string[] | undefined)[] = []) {
    const [first = [], ...others] = cells;
    const common = others.length === 0 ? [] : first.filter((note) => others.every((notes) => notes?.includes(note)));
    this.#common = new Set(common);
  }

  /** The mark of a note; empty where there is none. */
  mark(note: string | undefined): string {
    if (note === undefined || note === '' || this.#common.has(note)) return '';
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
    const common = this.#told === 0 ? [...this.#common].map((note) => `All cells: ${note}`) : [];
    const marked = [...this.#marks].slice(this.#told).map(([note, mark]) => `${mark} ${note}`);
    this.#told = this.#marks.size;
    return [...common, ...marked];
  }
}
