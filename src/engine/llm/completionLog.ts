import { COMPLETION_VERSION, CompletionLine } from '../../contract/completion.ts';
import { EXTRA, type LineFormat, LineStore, type LogPosition, newerFormat, setId } from './lineStore.ts';
import { LineWriter, type WriterOptions } from './lineWriter.ts';
import type { Spend } from './types.ts';

const FLAGS = EXTRA;
const INPUT = EXTRA + 1;
const OUTPUT = EXTRA + 2;
const COST = EXTRA + 3;
const EXTRA_WORDS = 5;

/** Bits of a completion's flags in the index. */
const ANSWERED = 1;
const FAILED = 2;
const UNPRICED = 4;
const ESTIMATED = 8;

export type CompletionState = 'answered' | 'failed';

const costView = new DataView(new ArrayBuffer(8));

function fill(record: Uint32Array, line: CompletionLine): void {
  const { cost, input_tokens, output_tokens, estimated_usage } = line.smt;
  record[FLAGS] = (line.error ? FAILED : ANSWERED) | (cost === null ? UNPRICED : 0) | (estimated_usage ? ESTIMATED : 0);
  record[INPUT] = input_tokens;
  record[OUTPUT] = output_tokens;
  costView.setFloat64(0, cost ?? 0);
  record[COST] = costView.getUint32(0);
  record[COST + 1] = costView.getUint32(4);
}

interface SpendTotals {
  inputTokens: number;
  outputTokens: number;
  cost: number;
  /** Lines whose cost is not known. */
  unpriced: number;
}

function completionFormat(spend: SpendTotals): LineFormat {
  return {
    prefix: '',
    own: 'completions-',
    extraWords: EXTRA_WORDS,
    describe(parsed, record) {
      const line = CompletionLine.safeParse(parsed);
      if (!line.success) {
        refuseNewer(parsed);
        return false;
      }
      if (!setId(record, line.data.custom_id)) return false;
      fill(record, line.data);
      return true;
    },
    // The first answer wins; an answer takes the place of a failure, a later failure that of an earlier one.
    replaces: (table, known) => (table.word(known, FLAGS) & ANSWERED) === 0,
    count(records, at) {
      spend.inputTokens += records[at + INPUT] ?? 0;
      spend.outputTokens += records[at + OUTPUT] ?? 0;
      costView.setUint32(0, records[at + COST] ?? 0);
      costView.setUint32(4, records[at + COST + 1] ?? 0);
      spend.cost += costView.getFloat64(0);
      if ((records[at + FLAGS] ?? 0) & UNPRICED) spend.unpriced++;
    },
  };
}

function refuseNewer(parsed: unknown): void {
  if (!parsed || typeof parsed !== 'object' || !('smt' in parsed)) return;
  const { smt } = parsed;
  if (smt && typeof smt === 'object' && 'v' in smt && typeof smt.v === 'number' && smt.v > COMPLETION_VERSION) {
    throw newerFormat('The completion log', smt.v);
  }
}

/**
 * `.smt/completions/*.jsonl`: every answer that was ever paid for, whole. Opening a log of a million reads its index
 * only (see lineStore.ts). A log opened for reading follows a writer in another process with `refresh`.
 */
export class CompletionLog {
  readonly #store: LineStore;
  readonly #writer: LineWriter | undefined;
  readonly #spend: SpendTotals;
  readonly #record = new Uint32Array(EXTRA + EXTRA_WORDS);

  private constructor(store: LineStore, writer: LineWriter | undefined, spend: SpendTotals) {
    this.#store = store;
    this.#writer = writer;
    this.#spend = spend;
  }

  /** For the server, which reads and follows. */
  static async open(folder: string): Promise<CompletionLog> {
    const spend = { inputTokens: 0, outputTokens: 0, cost: 0, unpriced: 0 };
    return new CompletionLog(await LineStore.open(folder, completionFormat(spend)), undefined, spend);
  }

  /** For the one job that writes (it holds the project's lease). Repairs a torn last line. */
  static async openForWriting(folder: string, options: WriterOptions = {}): Promise<CompletionLog> {
    const spend = { inputTokens: 0, outputTokens: 0, cost: 0, unpriced: 0 };
    const writer = await LineWriter.openForWriting(folder, completionFormat(spend), options);
    return new CompletionLog(writer, writer, spend);
  }

  /** Distinct request ids with an answer or a terminal failure. */
  get size(): number {
    return this.#store.size;
  }

  /** What all lines cost, those of earlier runs included. */
  get spend(): Spend {
    const { inputTokens, outputTokens, cost, unpriced } = this.#spend;
    return { inputTokens, outputTokens, cost: unpriced > 0 ? null : cost };
  }

  /** Known cost in dollars even where some lines have no price. */
  get knownCost(): number {
    return this.#spend.cost;
  }

  /** Lines that cannot be read, by file and byte offset. */
  get malformed(): readonly { file: string; offset: number }[] {
    return this.#store.malformed;
  }

  /** Bytes of a torn line that were cut on opening. */
  get repairedBytes(): number {
    return this.#writer?.repaired ?? 0;
  }

  get pendingBytes(): number {
    return this.#writer?.pendingBytes ?? 0;
  }

  /** Is this request terminal: answered, or failed for good? */
  has(id: string): boolean {
    return this.#store.has(id);
  }

  state(id: string): CompletionState | undefined {
    const index = this.#store.table.find(id);
    if (index < 0) return undefined;
    return this.#store.table.word(index, FLAGS) & FAILED ? 'failed' : 'answered';
  }

  /** Tokens of an answer, without reading its line. */
  tokens(id: string): { input: number; output: number; estimated: boolean } | undefined {
    const { table } = this.#store;
    const index = table.find(id);
    if (index < 0) return undefined;
    const estimated = (table.word(index, FLAGS) & ESTIMATED) !== 0;
    return { input: table.word(index, INPUT), output: table.word(index, OUTPUT), estimated };
  }

  /** The whole line, or undefined. */
  async read(id: string): Promise<CompletionLine | undefined> {
    const line = await this.#store.read(id);
    return line === undefined ? undefined : CompletionLine.parse(line);
  }

  /** Takes in lines that another process wrote; gives how many ids are new. */
  refresh(): Promise<number> {
    return this.#store.refresh();
  }

  /** Lines behind a position, oldest first, in batches. */
  async *scan(from: LogPosition = {}): AsyncGenerator<{ lines: CompletionLine[]; position: LogPosition }> {
    for await (const batch of this.#store.scan(from)) {
      const lines = batch.lines.flatMap((line) => {
        const parsed = CompletionLine.safeParse(line);
        if (!parsed.success) refuseNewer(line);
        return parsed.success ? [parsed.data] : [];
      });
      yield { lines, position: batch.position };
    }
  }

  /** Where the log ends now, for a later `scan`: everything before it is written. */
  async position(): Promise<LogPosition> {
    await this.written();
    return this.#store.position();
  }

  ids(): Generator<string> {
    return this.#store.ids();
  }

  /**
   * Appends a line. `written` is called when the line survives the end of this process, with an error where it could
   * not be written. `text` is the line as JSON without newline, where the caller has it already.
   */
  append(line: CompletionLine, written?: (error?: Error) => void, text = JSON.stringify(line)): void {
    if (!this.#writer) throw new Error('this completion log was opened for reading');
    if (!setId(this.#record, line.custom_id)) throw new Error(`not a request id: ${line.custom_id}`);
    fill(this.#record, line);
    this.#writer.append(this.#record, `${text}\n`, written);
  }

  async written(): Promise<void> {
    await this.#writer?.written();
  }

  async sync(): Promise<void> {
    await this.#writer?.sync();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
