/** One frame of a conversation: its words, and the bytes behind it where it carries some. */
export interface Frame {
  words: readonly string[];
  body: Buffer;
}

const NO_BYTES: Buffer = Buffer.alloc(0);
/** What a login shell prints before our script runs; beyond, something else is talking. */
const MOST_NOISE = 1024 * 1024;

/**
 * Cuts a stream into frames: a line that begins with the mark (random per conversation), `bytes N …` followed by N
 * bytes and a newline. Whatever stands before the first mark is a login shell's banner and is dropped.
 */
export class FrameReader {
  readonly #mark: string;
  #waiting: Buffer = NO_BYTES;
  #begun = false;

  constructor(mark: string) {
    this.#mark = `${mark} `;
  }

  /** @throws Error when the stream is not what the script promised: the connection is then made anew */
  read(chunk: Buffer): Frame[] {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#next();
      if (!frame) return frames;
      frames.push(frame);
    }
  }

  #next(): Frame | undefined {
    for (;;) {
      const end = this.#waiting.indexOf(0x0a);
      if (end < 0) {
        if (this.#waiting.length > MOST_NOISE) throw new Error('no marked answer came');
        return undefined;
      }
      const line = this.#waiting.subarray(0, end).toString('utf8');
      if (!line.startsWith(this.#mark)) {
        if (this.#begun) throw new Error('an unmarked line came between the answers');
        this.#waiting = this.#waiting.subarray(end + 1);
        continue;
      }
      this.#begun = true;
      const words = line.slice(this.#mark.length).split(' ');
      if (words[0] !== 'bytes') {
        this.#waiting = this.#waiting.subarray(end + 1);
        return { words, body: NO_BYTES };
      }
      const length = Number(words[1]);
      if (!Number.isSafeInteger(length) || length < 0) throw new Error('a length that is no number came');
      if (this.#waiting.length < end + 1 + length + 1) return undefined;
      const body = Buffer.from(this.#waiting.subarray(end + 1, end + 1 + length));
      if (this.#waiting[end + 1 + length] !== 0x0a) throw new Error('fewer bytes came than were promised');
      this.#waiting = this.#waiting.subarray(end + 1 + length + 1);
      return { words, body };
    }
  }
}
