import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { PlanAddition } from '../../../contract/addition.ts';
import type { LeakGate } from '../dedupe/leakGate.ts';

export type NewAddition = Omit<PlanAddition, 'v' | 'id' | 'at'>;
export type AddResult =
  | { ok: true; additions: PlanAddition[]; requests: number }
  /** What was refused, and what to do. */
  | { ok: false; message: string };

const file = (planFolder: string) => join(planFolder, 'additions.jsonl');

/**
 * Appends a person's wishes to `.smt/plan/additions.jsonl` in one write; the job that holds the lease tails the file,
 * else the next one serves them. A question that equals an evaluation question is refused: it must not enter a prompt.
 */
export async function addToPlan(
  planFolder: string,
  additions: readonly NewAddition[],
  gate: LeakGate,
  now: () => Date = () => new Date(),
): Promise<AddResult> {
  for (const { query } of additions) {
    if (query === undefined) continue;
    const verdict = gate.question(query.text);
    if (verdict.kind !== 'leak') continue;
    const message = `This question is an evaluation question (${verdict.benchmark}). Training on it would make the evaluation worthless; ask for something else.`;
    return { ok: false, message };
  }
  const lines: PlanAddition[] = additions.map((addition) => ({
    v: 1,
    id: randomBytes(16).toString('hex'),
    at: now().toISOString(),
    ...addition,
  }));
  await mkdir(planFolder, { recursive: true });
  const handle = await open(file(planFolder), 'a+');
  try {
    // A line that was torn by a crash is closed first, so that it spoils nothing but itself.
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const lead = size > 0 && last[0] !== 10 ? '\n' : '';
    await handle.appendFile(lead + lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return { ok: true, additions: lines, requests: lines.reduce((sum, line) => sum + line.count, 0) };
}

/** Reads additions as they come. `seq` is the line's number, 1-based: it sets the wish's replicas apart from all others. */
export class AdditionTail {
  readonly #path: string;
  #offset = 0;
  #seq = 0;

  constructor(planFolder: string) {
    this.#path = file(planFolder);
  }

  /** Whole lines that were not given yet. A line that is no addition is given as a problem. */
  async read(): Promise<({ seq: number; addition: PlanAddition } | { seq: number; problem: string })[]> {
    let text: string;
    try {
      const handle = await open(this.#path, 'r');
      try {
        const { size } = await handle.stat();
        if (size <= this.#offset) return [];
        const buffer = Buffer.alloc(size - this.#offset);
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#offset);
        const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
        this.#offset += whole;
        text = buffer.subarray(0, whole).toString('utf8');
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const seq = ++this.#seq;
        try {
          const parsed = PlanAddition.safeParse(JSON.parse(line));
          if (parsed.success) return { seq, addition: parsed.data };
          return { seq, problem: `additions.jsonl, line ${seq}: ${parsed.error.issues[0]?.message ?? 'no addition'}` };
        } catch {
          return { seq, problem: `additions.jsonl, line ${seq}: not JSON (a write was cut off)` };
        }
      });
  }
}
