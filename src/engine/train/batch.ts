/** Progress of a batch: environment set-up first, then answers. */
export interface BatchProgress {
  /** `setup`, `load`, `generate`, … as the worker names them. */
  phase: string;
  /** Units done of `total`; null while the total is not known. */
  done: number;
  total: number | null;
  unit: string;
  /** For a person. */
  message?: string;
}

/** One file of OpenAI batch requests answered by the worker, with no server and no network. */
export interface WorkerBatch {
  /**
   * Weights: folder with safetensors or a GGUF file, as a path on the target (`locateModel` finds it for a `ModelRef`).
   */
  model: string;
  /** JSONL of requests (`/v1/chat/completions`, `/v1/completions`, `/v1/smt/score`) on this machine. */
  input: string;
  /** JSONL of answers on this machine, appended: what it holds already is not asked again. Any order. */
  output: string;
  /** Where a log of the worker's words goes; beside `output` when left out. */
  log?: string;
  /** Target id; this machine when left out. */
  target?: string;
  /** By origin, over standard input: only a gated model needs one. */
  keys?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  onProgress?: (progress: BatchProgress) => void;
  onLog?: (level: 'info' | 'warn', message: string) => void;
}

export type BatchEnd =
  /** Every request of `input` has a line in `output` (with `error` where the model refused it). */
  | { kind: 'succeeded'; answered: number }
  /** By `signal`; what was answered stands in `output` and is not asked again. */
  | { kind: 'cancelled'; answered: number }
  | { kind: 'failed'; message: string; hint: string; answered: number };
