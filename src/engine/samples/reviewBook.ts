import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { REVIEW_VERSION, ReviewLine } from '../../contract/sample.ts';
import type { TextFields } from './sampleText.ts';
import type { Reviews } from './types.ts';

/** What people decided on one sample, all lines taken together; later lines win. */
export interface SampleReview {
  verdict?: 'accept' | 'reject' | 'delete';
  note?: string;
  /** Fields as edited. */
  fields?: TextFields;
  /** From the last line on it: with these a sample is found again whose id has changed. */
  request: string;
  text: string;
  at: string;
}

export interface BadLine {
  /** 1-based. */
  line: number;
  text: string;
  message: string;
}

export interface OwnQuestion {
  id: string;
  document: string;
  text: string;
}

/**
 * `reviews.jsonl`, the one file of the project that cannot be made again: append-only, in git, written by the server
 * only. A line that cannot be read is reported and stays where it is. What can be undone is read off the file itself,
 * so undo reaches back over restarts.
 */
export class ReviewBook implements Reviews {
  readonly file: string;
  readonly bad: BadLine[] = [];
  #lines: ReviewLine[] = [];
  #undone = new Set<string>();
  #bySample = new Map<string, ReviewLine[]>();
  #stamp = '';
  #needsNewline = false;
  /** Appends go one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(file: string) {
    this.file = file;
  }

  static async open(file: string): Promise<ReviewBook> {
    const book = new ReviewBook(file);
    await book.refresh();
    return book;
  }

  get lines(): readonly ReviewLine[] {
    return this.#lines;
  }

  /** Reads the file again if somebody else changed it (a pull, another branch). True when it did. */
  async refresh(): Promise<boolean> {
    await this.#queue;
    const stamp = await stampOf(this.file);
    if (stamp === this.#stamp) return false;
    const text = stamp === '' ? '' : await readFile(this.file, 'utf8');
    this.#stamp = stamp;
    this.#lines = [];
    this.#undone = new Set();
    this.#bySample = new Map();
    this.bad.length = 0;
    this.#needsNewline = text !== '' && !text.endsWith('\n');
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      const parsed = parseLine(line);
      if ('message' in parsed) this.bad.push({ line: index + 1, text: line, message: parsed.message });
      else this.#take(parsed.line);
    }
    return true;
  }

  /** Appends lines, on disk when it resolves. */
  append(lines: readonly ReviewLine[]): Promise<void> {
    const appended = this.#queue.then(() => this.#write(lines));
    this.#queue = appended.catch(() => {});
    return appended;
  }

  /**
   * A group of lines: what is decided together is undone together. Gives the ids to write into `review`. With the name
   * of the group that the file ends with, the lines join it.
   */
  newGroup(size: number, name?: string): string[] {
    const group = name ?? randomBytes(8).toString('hex');
    let from = 0;
    for (let at = this.#lines.length - 1; at >= 0; at--) {
      const line = this.#lines[at];
      if (!line || groupOf(line) !== group) break;
      from++;
    }
    return Array.from({ length: size }, (_, index) => `${group}.${from + index}`);
  }

  /** Ids of all samples that a line names. */
  samples(): IterableIterator<string> {
    return this.#bySample.keys();
  }

  /** The decision on a sample, or undefined where none stands. */
  review(sample: string): SampleReview | undefined {
    let review: SampleReview | undefined;
    for (const line of this.#bySample.get(sample) ?? []) {
      if (this.#undone.has(line.review) || !('sample' in line) || line.decision === 'audit') continue;
      review ??= { request: line.request, text: line.text, at: line.at };
      review.at = line.at;
      review.request = line.request;
      review.text = line.text;
      if (line.decision === 'edit') review.fields = { ...review.fields, ...definedFields(line.fields) };
      else {
        review.verdict = line.decision;
        delete review.note;
        if (line.decision === 'reject' && line.note !== undefined) review.note = line.note;
      }
    }
    return review;
  }

  /** Lines that stand, those of one decision together; the last is what undo takes back. */
  lastGroup(): ReviewLine[] {
    const group: ReviewLine[] = [];
    let name: string | undefined;
    for (let index = this.#lines.length - 1; index >= 0; index--) {
      const line = this.#lines[index];
      if (!line || line.decision === 'undo' || this.#undone.has(line.review)) continue;
      name ??= groupOf(line);
      if (groupOf(line) !== name) break;
      group.unshift(line);
    }
    return group;
  }

  /** Lines of one decision that stand. */
  standing<D extends ReviewLine['decision']>(decision: D): Extract<ReviewLine, { decision: D }>[] {
    const is = (line: ReviewLine): line is Extract<ReviewLine, { decision: D }> =>
      line.decision === decision && !this.#undone.has(line.review);
    return this.#lines.filter(is);
  }

  /** People's own questions, in the order they were typed. */
  questions(): OwnQuestion[] {
    return this.standing('question').map((line) => ({ id: line.question, document: line.document, text: line.text }));
  }

  async #write(lines: readonly ReviewLine[]): Promise<void> {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${JSON.stringify(ReviewLine.parse(line))}\n`).join('');
    const file = await open(this.file, 'a');
    try {
      await file.appendFile(this.#needsNewline ? `\n${text}` : text);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#needsNewline = false;
    for (const line of lines) this.#take(line);
    this.#stamp = await stampOf(this.file);
  }

  #take(line: ReviewLine): void {
    this.#lines.push(line);
    if (line.decision === 'undo') for (const review of line.undone) this.#undone.add(review);
    if (!('sample' in line)) return;
    const lines = this.#bySample.get(line.sample);
    if (lines) lines.push(line);
    else this.#bySample.set(line.sample, [line]);
  }
}

function groupOf(line: ReviewLine): string {
  return line.review.split('.')[0] ?? line.review;
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found ? `${found.size} ${found.mtimeMs} ${found.ino}` : '';
}

function parseLine(text: string): { line: ReviewLine } | { message: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { message: /^(<{7}|={7}|>{7})/.test(text) ? 'a merge conflict mark: keep both sides' : 'not JSON' };
  }
  const parsed = ReviewLine.safeParse(value);
  if (parsed.success) return { line: parsed.data };
  const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  if (typeof version === 'number' && version > REVIEW_VERSION) {
    return { message: `format version ${version}: written by a newer version of this product, update it` };
  }
  const issue = parsed.error.issues[0];
  return { message: `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'not a review'}` };
}

function definedFields(fields: { [key in keyof TextFields]?: string | undefined }): TextFields {
  return {
    ...(fields.question === undefined ? {} : { question: fields.question }),
    ...(fields.explanation === undefined ? {} : { explanation: fields.explanation }),
    ...(fields.answer === undefined ? {} : { answer: fields.answer }),
    ...(fields.text === undefined ? {} : { text: fields.text }),
  };
}
