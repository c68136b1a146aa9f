import { REQUEST_VERSION, RequestLine, TextLine } from '../../contract/request.ts';
import { contentHash } from '../contentHash.ts';
import { EXTRA, type LineFormat, LineStore, newerFormat, setId } from './lineStore.ts';
import { LineWriter, type WriterOptions } from './lineWriter.ts';

const requests: LineFormat = {
  prefix: 'requests-',
  own: 'requests-',
  extraWords: 0,
  describe: (line, record) => named(line, 'id', record),
};
const texts: LineFormat = {
  prefix: 'texts-',
  own: 'texts-',
  extraWords: 0,
  describe: (line, record) => named(line, 'hash', record),
};

export const requestFormats = { requests, texts };

function named(line: unknown, key: 'id' | 'hash', record: Uint32Array): boolean {
  if (!line || typeof line !== 'object' || !('v' in line)) return false;
  if (typeof line.v === 'number' && line.v > REQUEST_VERSION) throw newerFormat('The request store', line.v);
  if (key === 'id') return 'id' in line && setId(record, line.id);
  return 'hash' in line && setId(record, line.hash);
}

interface Writers {
  requests: LineWriter;
  texts: LineWriter;
}

/**
 * `.smt/requests/`: what every request was made of, by content hash, and each text once. Any prompt that was ever
 * sent can be rendered again from it. A request's line is written before its completion's.
 */
export class RequestStore {
  readonly #requests: LineStore;
  readonly #texts: LineStore;
  readonly #writers: Writers | undefined;
  readonly #record = new Uint32Array(EXTRA);
  /** Ids and hashes handed to the writer but not in its table yet. */
  readonly #pending = new Set<string>();

  private constructor(requestLines: LineStore, textLines: LineStore, writers: Writers | undefined) {
    this.#requests = requestLines;
    this.#texts = textLines;
    this.#writers = writers;
  }

  static async open(folder: string): Promise<RequestStore> {
    return new RequestStore(await LineStore.open(folder, requests), await LineStore.open(folder, texts), undefined);
  }

  /** For the one job that writes. Texts reach the disk before the requests that name them. */
  static async openForWriting(folder: string, options: WriterOptions = {}): Promise<RequestStore> {
    const textWriter = await LineWriter.openForWriting(folder, texts, options);
    const requestWriter = await LineWriter.openForWriting(folder, requests, { ...options, after: [textWriter] });
    return new RequestStore(requestWriter, textWriter, { requests: requestWriter, texts: textWriter });
  }

  /** The store whose lines must be written before the completions': give it to CompletionLog as `after`. */
  get writer(): LineWriter {
    if (!this.#writers) throw new Error('this request store was opened for reading');
    return this.#writers.requests;
  }

  /** Requests on record. */
  get size(): number {
    return this.#requests.size;
  }

  hasRequest(id: string): boolean {
    return this.#requests.has(id) || this.#pending.has(id);
  }

  hasText(hash: string): boolean {
    return this.#texts.has(hash) || this.#pending.has(hash);
  }

  async request(id: string): Promise<RequestLine | undefined> {
    const line = await this.#requests.read(id);
    return line === undefined ? undefined : RequestLine.parse(line);
  }

  async text(hash: string): Promise<string | undefined> {
    const line = await this.#texts.read(hash);
    return line === undefined ? undefined : TextLine.parse(line).text;
  }

  /** Keeps a text under its content hash, once; gives the hash. */
  addText(text: string, hash = contentHash(text)): string {
    if (this.hasText(hash)) return hash;
    const line: TextLine = { v: REQUEST_VERSION, hash, text };
    this.#append('texts', hash, JSON.stringify(line));
    return hash;
  }

  /** Keeps a request's line, once. Its texts must have been added before. */
  addRequest(line: RequestLine): void {
    if (!this.hasRequest(line.id)) this.#append('requests', line.id, JSON.stringify(line));
  }

  /** Request lines in the order they were written. */
  async *scan(): AsyncGenerator<RequestLine[]> {
    for await (const batch of this.#requests.scan()) {
      yield batch.lines.flatMap((line) => {
        const parsed = RequestLine.safeParse(line);
        return parsed.success ? [parsed.data] : [];
      });
    }
  }

  async refresh(): Promise<void> {
    await this.#requests.refresh();
    await this.#texts.refresh();
  }

  async written(): Promise<void> {
    await this.#writers?.requests.written();
    await this.#writers?.texts.written();
  }

  async close(): Promise<void> {
    await this.#requests.close();
    await this.#texts.close();
  }

  #append(kind: 'requests' | 'texts', id: string, line: string): void {
    if (!this.#writers) throw new Error('this request store was opened for reading');
    if (!setId(this.#record, id)) throw new Error(`not a content hash: ${id}`);
    this.#pending.add(id);
    this.#writers[kind].append(this.#record, `${line}\n`, () => this.#pending.delete(id));
  }
}
