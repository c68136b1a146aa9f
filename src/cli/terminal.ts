import { stripVTControlCharacters } from 'node:util';

/** Exit codes of every verb (design §6). */
export const Exit = { done: 0, failed: 1, usage: 2, paused: 3, cancelled: 130 } as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** Wrong use or bad input: printed as it is, exit 2, nothing was changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * What a verb prints. With `--json` stdout carries one JSON object a line and nothing else; words go to stderr.
 * A progress line rewrites itself on a terminal and becomes plain lines, at most one in five seconds and none twice in a
 * row, elsewhere.
 */
export class Terminal {
  readonly json: boolean;
  readonly #live = process.stderr.isTTY === true && !process.env.CI;
  #line = '';
  #lastPlain = 0;
  #plain = '';

  constructor(json: boolean) {
    this.json = json;
  }

  /** A record for programs. Ignored without `--json`. */
  record(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A line for people: stdout, or stderr when stdout belongs to records. */
  say(text = ''): void {
    this.#clear();
    (this.json ? process.stderr : process.stdout).write(`${text}\n`);
  }

  warn(text: string): void {
    this.#clear();
    process.stderr.write(`${text}\n`);
  }

  progress(text: string): void {
    if (this.#live) {
      const width = Math.max(20, (process.stderr.columns ?? 100) - 1);
      this.#clear();
      this.#line = text.length > width ? `${text.slice(0, width - 1)}…` : text;
      process.stderr.write(this.#line);
      return;
    }
    const now = Date.now();
    if (text === this.#plain || now - this.#lastPlain < 5000) return;
    this.#lastPlain = now;
    this.#plain = text;
    process.stderr.write(`${text}\n`);
  }

  /** Ends the progress line, keeping its last text on a terminal. */
  endProgress(): void {
    if (this.#line) process.stderr.write('\n');
    this.#line = '';
  }

  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
    for (const row of rows) {
      this.say(
        row
          .map((cell, column) =>
            /^[-\d.,%$ ]+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
          )
          .join('  ')
          .trimEnd(),
      );
    }
  }

  #clear(): void {
    if (this.#line) process.stderr.write('\r\u001b[K');
    this.#line = '';
  }
}

/** Text of documents and models on a terminal: control sequences out, one line, cut to a length. */
export function oneLine(text: string, length = 100): string {
  const flat = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return flat.length > length ? `${flat.slice(0, length - 1)}…` : flat;
}

export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, '');
}

export const number = new Intl.NumberFormat('en-US');

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  if (whole < 90) return `${whole} s`;
  if (whole < 5400) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function dollars(cost: number | null): string {
  return cost === null ? 'no price known' : `$${cost < 1 ? cost.toFixed(4) : cost.toFixed(2)}`;
}
