import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobProblem } from '../jobs/index.ts';
import { runRemoteCommand, SshBackend } from '../jobs/ssh/index.ts';
import { workerFolder } from '../llm/builtin/workerFolder.ts';
import type { BatchEnd, WorkerBatch } from './batch.ts';
import { countAnswers, readBatchLine } from './batchOutput.ts';
import { findTarget } from './targetRegistry.ts';

const ANSWERS = 'answers.jsonl';

/**
 * The batch on a host: the input goes there under its hash, answers come back as they are written. The same model and
 * input find the folder of the call before, so nothing is answered twice there; answers that `output` holds already
 * are not written into it again.
 */
export async function runRemoteBatch(batch: WorkerBatch, id: string): Promise<BatchEnd> {
  const answered = () => countAnswers(batch.output);
  const failed = async (message: string, hint: string): Promise<BatchEnd> => ({
    kind: 'failed',
    message,
    hint,
    answered: await answered(),
  });
  const name = `batch-${await keyOf(batch)}`;
  const dir = join(`${batch.output}.${id}`, name);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const answers = await OutputTail.open(join(dir, ANSWERS), batch.output);
  let problem: { message: string; hint: string } | undefined;
  const words = new LineTail(join(dir, 'stdout.log'), (line) => {
    const read = readBatchLine(line);
    if (read.kind === 'progress') batch.onProgress?.(read.progress);
    else if (read.kind === 'error') problem = { message: read.message, hint: read.hint };
    else batch.onLog?.('info', read.text);
  });
  await words.skip();
  let carrying: Promise<void> = Promise.resolve();
  const carry = () => {
    carrying = carrying.then(() => words.read()).then(() => answers.read());
  };
  try {
    const { target, registry } = await findTarget(id);
    if (target.kind !== 'ssh') return await failed(`Target "${id}" is no other machine.`, 'Leave the target out.');
    const exit = await runRemoteCommand({
      backend: new SshBackend({ id, target, program: registry.ssh, worker: workerFolder }),
      worker: workerFolder(),
      name,
      verb: 'batch',
      options: { '--model': batch.model, '--input': 'in/input', '--output': ANSWERS },
      input: batch.input,
      outputs: [ANSWERS],
      dir,
      keys: batch.keys ?? {},
      signal: batch.signal,
      onChange: carry,
      onReach: (message) => batch.onLog?.('warn', message),
    });
    carry();
    await carrying;
    if (exit === 0) return { kind: 'succeeded', answered: await answered() };
    if (batch.signal?.aborted) return { kind: 'cancelled', answered: await answered() };
    return await failed(
      problem?.message ??
        `The worker on ${target.host} ended ${exit === undefined ? 'without saying why' : `with exit code ${exit}`}.`,
      problem?.hint ?? `Its words stand in ${join(dir, 'stdout.log')}. Run it again: it goes on.`,
    );
  } catch (error) {
    await carrying.catch(() => {});
    if (batch.signal?.aborted) return { kind: 'cancelled', answered: await answered() };
    if (error instanceof JobProblem) return failed(error.message, 'Run it again: it goes on where it was.');
    throw error;
  }
}

/** Names model and input: another input is another batch. */
async function keyOf({ model, input }: WorkerBatch): Promise<string> {
  return createHash('sha256')
    .update(`${model}\0`)
    .update(await readFile(input))
    .digest('hex')
    .slice(0, 16);
}

/** Complete lines of a growing file, each once. */
class LineTail {
  readonly #file: string;
  readonly #take: (line: string) => void;
  #offset = 0;

  constructor(file: string, take: (line: string) => void) {
    this.#file = file;
    this.#take = take;
  }

  /** What is there already is not told. */
  async skip(): Promise<void> {
    const take = () => {};
    await this.#each(take);
  }

  async read(): Promise<void> {
    await this.#each(this.#take);
  }

  async #each(take: (line: string) => void): Promise<void> {
    const file = await open(this.#file, 'r').catch(() => undefined);
    if (!file) return;
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, size - this.#offset));
      await file.read(bytes, 0, bytes.length, this.#offset);
      const end = bytes.lastIndexOf(0x0a) + 1;
      this.#offset += end;
      for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) if (line !== '') take(line);
    } finally {
      await file.close();
    }
  }
}

/** Copies answers whose id the output lacks. */
class OutputTail {
  readonly #lines: LineTail;
  readonly #output: string;
  readonly #known: Set<string>;
  #fresh: string[] = [];

  private constructor(from: string, output: string, known: Set<string>) {
    this.#output = output;
    this.#known = known;
    this.#lines = new LineTail(from, (line) => {
      const id = idOf(line);
      if (id === undefined || this.#known.has(id)) return;
      this.#known.add(id);
      this.#fresh.push(line);
    });
  }

  static async open(from: string, output: string): Promise<OutputTail> {
    const text = await readFile(output, 'utf8').catch(() => '');
    const known = new Set(text.split('\n').flatMap((line) => idOf(line) ?? []));
    // A crash may have left half a line: it is closed, so that the next answer stands alone.
    if (text !== '' && !text.endsWith('\n')) await appendFile(output, '\n');
    return new OutputTail(from, output, known);
  }

  async read(): Promise<void> {
    await this.#lines.read();
    const fresh = this.#fresh.splice(0);
    if (fresh.length > 0) await appendFile(this.#output, `${fresh.join('\n')}\n`, { mode: 0o600 });
  }
}

function idOf(line: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    const id = typeof parsed === 'object' && parsed !== null && 'custom_id' in parsed ? parsed.custom_id : undefined;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
