import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EvaluationFile, lineAt, type PlacedLine } from '../../../src/engine/eval/report/evaluationFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'smt-evaluation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file of an evaluation that is longer than what is read at a time', () => {
  // More than two reads of four megabytes, lines and characters of several bytes across their ends.
  const texts = [3_000_000, 10, 3_000_001, 7_000_003, 1].map((length, at) => `${at}${'é'.repeat(length)}`);
  const lines = texts.map((text) => `${JSON.stringify({ text })}\n`);

  it('gives every line once with its place, a torn one when it is whole', async () => {
    const path = join(folder, 'scores.jsonl');
    writeFileSync(path, lines.join('').slice(0, -3));
    const file = new EvaluationFile(path);
    const found: PlacedLine[] = [];
    const problems: string[] = [];
    const taker = {
      restart: () => found.splice(0),
      line: (line: PlacedLine) => found.push(line),
      problem: (text: string) => problems.push(text),
    };
    expect(await file.read(taker)).toBe(true);
    expect(found).toHaveLength(4);
    expect(await file.read(taker)).toBe(false);
    appendFileSync(path, lines.join('').slice(-3));
    expect(await file.read(taker)).toBe(true);
    expect(found.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
    expect(problems).toEqual([]);
    for (const [at, line] of found.entries()) {
      // Not `toEqual`: a difference of megabytes is nothing to print.
      expect(JSON.stringify(line.value) === lines[at]?.trimEnd()).toBe(true);
      expect(JSON.stringify(await lineAt(path, line)) === lines[at]?.trimEnd()).toBe(true);
    }
    writeFileSync(path, `${JSON.stringify({ text: 'anew' })}\nnot JSON\n`);
    await file.read(taker);
    expect(found.map(({ value }) => value)).toEqual([{ text: 'anew' }]);
    expect(problems).toEqual([expect.stringContaining('line 2')]);
  });
});
