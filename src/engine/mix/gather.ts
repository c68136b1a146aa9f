import { acceptedSamples } from '../samples/acceptedSamples.ts';
import type { LeakGate, SampleTexts } from '../synth/index.ts';
import { Candidates } from './candidates.ts';
import { type Part, takes } from './parts.ts';
import { type RenderedText, rendererFor, rowBegin } from './render.ts';
import type { SampleSource } from './sampleSource.ts';
import type { Student } from './student.ts';
import { type Tokenising, textKey } from './tokenising.ts';

export interface Gathered {
  candidates: Candidates;
  /** Rows by sample id. */
  rows: Uint32Array;
  /** Tokens of each document code. */
  documentTokens: Float64Array;
  /** Samples left out, by reason, for people. */
  left_out: { control_token: number; empty: number; leak: number };
}

/**
 * All accepted samples of the parts with their token ids in the cache. Texts are looked at once, batch by batch, and
 * forgotten: what is kept of a sample are some seventy bytes.
 *
 * A text that contains a control token of the student (`<|im_end|>` …) is left out: a document must not be able to put
 * control tokens into training data. So is one that tells an evaluation question of the project that is mixed: samples
 * of another project never met its gate, and a benchmark may have come after the samples.
 */
export async function gather(
  sources: readonly { source: SampleSource; parts: readonly number[]; name: string | undefined }[],
  parts: readonly Part[],
  render: 'plain' | 'chat',
  student: Student,
  tokenising: Tokenising,
  { gate, signal, onProgress }: { gate: LeakGate; signal: AbortSignal; onProgress?: (samples: number) => void },
): Promise<Gathered> {
  const renderer = rendererFor(render, student);
  const candidates = new Candidates(parts.map(({ kind }) => rowBegin(student, render, kind).length + 1));
  const control = controlTokens(student);
  const left_out = { control_token: 0, empty: 0, leak: 0 };
  const words = new Uint32Array(4);
  const documentLengths = new Map<string, number>();
  const wordsOf = (text: RenderedText, row: number) => {
    textKey(text, words);
    candidates.text.set(words, row * 4);
  };
  for (const { source, parts: own, name } of sources) {
    const called = (document: string) => (name === undefined ? document : `${name}: ${document}`);
    const titles = new Map(source.corpus.documents.map(({ id, title }) => [id, title]));
    for (const { id, tokens } of source.corpus.documents) documentLengths.set(called(id), tokens.tokens);
    for await (const batch of acceptedSamples(source.reader, source.project.paths.lance)) {
      signal.throwIfAborted();
      for (const sample of batch) {
        const part = own.find((index) => {
          const each = parts[index];
          return each !== undefined && takes(each, sample);
        });
        if (part === undefined) continue;
        const text = renderer(sample, titles.get(sample.document) ?? '');
        if (text.completion === '' && text.prompt === '') {
          left_out.empty += 1;
          continue;
        }
        if (control && fieldsOf(sample).some((field) => control.test(field))) {
          left_out.control_token += 1;
          continue;
        }
        if (gate.leaks(sample)) {
          left_out.leak += 1;
          continue;
        }
        const row = candidates.add(sample.id, part, called(sample.document), sample.method);
        if (sample.toy) candidates.toy += 1;
        candidates.models.add(sample.model);
        wordsOf(text, row);
        await tokenising.take(text, words, (entry) => candidates.tokens(row, entry));
      }
      onProgress?.(candidates.size);
    }
  }
  await tokenising.finish();
  const rows = candidates.seal();
  const documentTokens = Float64Array.from(candidates.documentNames, (name) => documentLengths.get(name) ?? 0);
  return { candidates, rows, documentTokens, left_out };
}

function fieldsOf(sample: SampleTexts): string[] {
  return [sample.question, sample.explanation, sample.answer, sample.text].filter((field) => field !== undefined);
}

/** Finds a control token of the student in a text. */
export function controlTokens({ tokenizer }: Student): RegExp | undefined {
  if (tokenizer.special.length === 0) return undefined;
  return new RegExp(tokenizer.special.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'));
}
