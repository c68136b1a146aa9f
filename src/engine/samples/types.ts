import type { ReviewLine, Sample } from '../../contract/sample.ts';
import type { SampleCounts, SampleFilter, SamplePage } from '../../contract/samplesView.ts';

/** Lines of the completion log that the table covers, by shard name (`CompletionLog.scan` gives and takes it). */
export type LogPosition = Readonly<Record<string, number>>;

/** The generating job's side of the `samples` table (one writing job at a time). */
export interface SampleWriter {
  /** Appended in batches (≥ 5,000 rows or 2 s); the same id again replaces the row. */
  put(samples: readonly Sample[]): void;
  /** Verdicts that changed because an earlier request in plan order was answered later. */
  amend(changes: readonly Pick<Sample, 'id' | 'state' | 'reason' | 'detail'>[]): void;
  /** Samples that are not there any more (a failed request was answered after all). Gives how many there were. */
  remove(ids: readonly string[]): number;
  /** Everything put so far covers the log up to here; kept in `coverage.json` once it is on disk. */
  covered(position: LogPosition): void;
  /** Undefined while there is room; else wait for it before the next `put`, or samples pile up in memory. */
  room(): Promise<void> | undefined;
  /** What the table covered when it was opened; null: a new table, everything has to be put. */
  readonly position: LogPosition | null;
  flush(): Promise<void>;
  /** Flushes, indexes and compacts what is new. */
  close(): Promise<void>;
}

/** The server's (and terminal's) side: latest version of the table with reviews laid over. */
export interface SampleReader {
  readonly revision: number;
  page(filter: SampleFilter, offset: number, limit: number): Promise<SamplePage>;
  ids(filter: SampleFilter, limit: number): Promise<string[]>;
  counts(filter?: SampleFilter): Promise<SampleCounts>;
  get(id: string): Promise<Sample | undefined>;
  onChange(listener: (revision: number) => void): () => void;
  close(): Promise<void>;
}

/** reviews.jsonl: read whole, appended by the server only. */
export interface Reviews {
  readonly lines: readonly ReviewLine[];
  append(lines: readonly ReviewLine[]): Promise<void>;
}
