import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Usage } from '../../../contract/chat.ts';
import type { CompletionLine } from '../../../contract/completion.ts';
import type { CompletionLog, RequestStore, RunEnd } from '../../llm/index.ts';
import type { BatchProgress } from '../../train/batch.ts';
import { runWorkerBatch } from '../../train/workerBatch.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';
import { outputsLeftBehind } from './leftBehind.ts';

/** A line of the worker's output, as every batch answer. */
const BatchAnswer = z.object({
  id: z.string().nullable().default(null),
  custom_id: z.string(),
  response: z
    .object({ status_code: z.number().int(), request_id: z.string().nullish(), body: z.unknown() })
    .nullable()
    .default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
});
const WithUsage = z.looseObject({ usage: Usage });

export interface WorkerAnswersOptions {
  weights: string;
  target?: string;
  engine: string;
  pending: readonly AnswerRequest[];
  /** Run directory, and in it the stem of file names: `<stem>.in.jsonl`, `<stem>.out.jsonl`. */
  dir: string;
  stem: string;
  run: string;
  log: CompletionLog;
  requests: RequestStore;
  keys: Readonly<Record<string, string>>;
  signal: AbortSignal;
  onAnswer: (request: string, line: CompletionLine) => void;
  onProgress: (progress: BatchProgress) => void;
  onLog: (level: 'info' | 'warn', message: string) => void;
}

const FOLLOW_MS = 1000;

/**
 * Answers of a model's weights: the worker reads a batch file and appends its answers, which go into the log of the
 * evaluation as they come. Answers that a killed run, this one or an earlier one, left in its output are taken in first and
 * not made again.
 */
export async function workerAnswers(options: WorkerAnswersOptions): Promise<RunEnd> {
  const { pending, dir, log, requests, signal } = options;
  const stem = join(dir, options.stem);
  const [input, output] = [`${stem}.in.jsonl`, `${stem}.out.jsonl`];
  await mkdir(dirname(stem), { recursive: true });
  const byId = new Map(pending.map((request) => [request.id, request]));
  const take = (line: Answer) => {
    const request = byId.get(line.custom_id);
    if (!request || log.has(line.custom_id)) return;
    for (const [hash, text] of request.texts()) requests.addText(text, hash);
    requests.addRequest(request.line());
    const completion = completionOf(line, options);
    log.append(completion);
    options.onAnswer(line.custom_id, completion);
    byId.delete(line.custom_id);
  };
  // Failures of another run may have been its own: those are asked again.
  const answered = (line: Answer) => (line.response ? take(line) : undefined);
  for (const left of await outputsLeftBehind(dir, `${options.stem}.out.jsonl`))
    await new BatchTail(left, answered).read();
  const tail = new BatchTail(output, take);
  await tail.read();
  if (byId.size === 0) return { kind: 'done' };
  await writeFile(input, [...byId.values()].map((request) => `${JSON.stringify(request.batchLine())}\n`).join(''), {
    mode: 0o600,
  });
  const follow = setInterval(() => void tail.read().catch(() => {}), FOLLOW_MS);
  try {
    const end = await runWorkerBatch({
      model: options.weights,
      ...(options.target === undefined ? {} : { target: options.target }),
      input,
      output,
      log: `${stem}.log`,
      keys: options.keys,
      signal,
      onProgress: options.onProgress,
      onLog: options.onLog,
    });
    clearInterval(follow);
    await tail.read();
    await log.written();
    if (end.kind === 'succeeded') return { kind: 'done' };
    if (end.kind === 'cancelled') return { kind: 'cancelled' };
    return {
      kind: 'paused',
      cause: 'endpoint',
      message: `The worker stopped: ${end.message} ${end.hint}`.trim(),
      reasons: [],
    };
  } finally {
    clearInterval(follow);
  }
}

type Answer = z.infer<typeof BatchAnswer>;

function completionOf(answer: Answer, { engine, run }: WorkerAnswersOptions): CompletionLine {
  const usage = WithUsage.safeParse(answer.response?.body);
  return {
    id: answer.id,
    custom_id: answer.custom_id,
    response: answer.response
      ? { ...answer.response, request_id: answer.response.request_id ?? null, body: answer.response.body ?? null }
      : null,
    error: answer.error ?? null,
    smt: {
      v: 1,
      attempt: 1,
      endpoint: engine,
      ms: 0,
      cost: 0,
      run,
      at: Date.now(),
      input_tokens: (usage.success ? usage.data.usage.prompt_tokens : undefined) ?? 0,
      output_tokens: (usage.success ? usage.data.usage.completion_tokens : undefined) ?? 0,
    },
  };
}

/** Follows a file of batch answers; a half line waits for its end. */
class BatchTail {
  readonly #file: string;
  readonly #onLine: (line: Answer) => void;
  #offset = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(file: string, onLine: (line: Answer) => void) {
    this.#file = file;
    this.#onLine = onLine;
  }

  read(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#more());
    return this.#reading;
  }

  async #more(): Promise<void> {
    const file = await open(this.#file, 'r').catch(() => undefined);
    if (!file) return;
    try {
      const { size } = await file.stat();
      if (size <= this.#offset) return;
      const bytes = Buffer.alloc(size - this.#offset);
      await file.read(bytes, 0, bytes.length, this.#offset);
      const end = bytes.lastIndexOf(0x0a) + 1;
      this.#offset += end;
      for (const text of bytes.toString('utf8', 0, end).split('\n')) {
        if (text.trim() === '') continue;
        const line = BatchAnswer.safeParse(parsed(text));
        if (line.success) this.#onLine(line.data);
      }
    } finally {
      await file.close();
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
