import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Sample } from '../../../src/contract/sample.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';

/** A sample as the engine derives it; the number makes its id, request and place in the plan. */
export function sample(number: number, fields: Partial<Sample> = {}): Sample {
  const kind = fields.kind ?? 'qa';
  return {
    v: 1,
    id: contentHash(`sample ${number}`),
    kind,
    method: kind === 'qa' ? 'qa' : 'active_reading',
    document: 'docs/harbour.md',
    window: 0,
    state: 'accepted',
    ...(kind === 'qa'
      ? { question: `What is number ${number}?`, explanation: `Counting gives ${number}.`, answer: `It is ${number}.` }
      : { text: `A text about number ${number}.` }),
    request: contentHash(`request ${Math.floor(number / 5)}`),
    model: 'test-model',
    tokens: 10,
    document_hash: contentHash('harbour'),
    order: [Math.floor(number / 5), number % 5],
    ...fields,
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'smt-samples-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
