import { join, resolve } from 'node:path';
import type { DatasetManifest } from '../../../contract/dataset.ts';
import type { Sample } from '../../../contract/sample.ts';
import type { Project } from '../../project/index.ts';
import { storedRows } from '../datasets.ts';
import { type Encoder, loadEncoder } from '../encoder.ts';
import { type RenderedText, type Renderer, rendererFor, rowBegin, type Turn, turnsOf } from '../render.ts';
import { openSource, otherProject, type SampleSource } from '../sampleSource.ts';
import type { Student } from '../student.ts';

/** A row of a training set with the texts it was made of, for layouts that want texts. */
export interface SourceRow {
  kind: 'qa' | 'document' | 'replay';
  rendered: RenderedText;
  /** Title and text of a document, question and answer of a QA; a piece of replay is no conversation. */
  turns: readonly [Turn, Turn] | undefined;
  title: string;
  /** The text that begins the row ahead of `rendered`; empty for many students. */
  begin: string;
  sample: Sample | undefined;
  /** Whether the text ends here: only the last piece of a long replay text does. */
  ends: boolean;
}

/** The training set does not match its samples any more. */
export class ChangedSamples extends Error {
  override readonly name = 'ChangedSamples';
}

/**
 * The rows of a training set in their order with the texts behind them, read again from the samples and compared token
 * by token with what stands in the Parquet files: what is exported is what would be trained on.
 * @throws ChangedSamples where a sample was edited or is gone
 */
export async function openSourceRows(
  project: Project,
  manifest: DatasetManifest,
  student: Student,
  signal: AbortSignal,
) {
  if (student.tokenizer.sha256 !== manifest.tokenizer.sha256) {
    throw new ChangedSamples(
      `${manifest.name} was made with another tokenizer than the student has now. Build it again: smt mix ${manifest.name}`,
    );
  }
  const encoder = await loadEncoder(student.tokenizer.path);
  const renderer = rendererFor(manifest.settings.render, student);
  const sources: SampleSource[] = [];
  const close = async () => {
    await Promise.all(sources.map((source) => source.close()));
  };
  try {
    const folders = new Set(
      manifest.settings.parts.map((part) => (part.project ? resolve(project.root, part.project) : project.root)),
    );
    for (const folder of folders) {
      sources.push(await openSource(folder === project.root ? project : await otherProject(folder), signal));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const titles = sources.map(({ corpus }) => new Map(corpus.documents.map(({ id, title }) => [id, title])));
  const folder = join(project.paths.datasets, manifest.name);
  async function* rows(split: 'train' | 'held_out'): AsyncGenerator<SourceRow[]> {
    for await (const batch of storedRows(folder, manifest, split)) {
      signal.throwIfAborted();
      const wanted = batch.flatMap(({ kind, source }) => (kind === 'replay' ? [] : [source]));
      const found = new Map<string, { sample: Sample; title: string }>();
      for (const [index, { reader }] of sources.entries()) {
        const missing = wanted.filter((id) => !found.has(id));
        if (missing.length === 0) break;
        for (const [id, sample] of await reader.getAll(missing)) {
          found.set(id, { sample, title: titles[index]?.get(sample.document) ?? '' });
        }
      }
      yield batch.map(({ kind, source, ids, index }) => {
        if (kind === 'replay') return replayRow(ids, encoder, student);
        const behind = found.get(source);
        const lead = behind && rowBegin(student, manifest.settings.render, behind.sample.kind);
        const row = behind && lead && sampleRow(behind.sample, behind.title, renderer, encoder.decode(lead));
        if (!row || !sameTokens(row.rendered, ids, lead ?? [], encoder)) {
          throw new ChangedSamples(
            `Row ${index} of ${manifest.name}: sample ${source} ${behind ? 'reads differently now' : 'is gone'}. Build the training set again: smt mix ${manifest.name}`,
          );
        }
        return row;
      });
    }
  }
  return { rows, close };
}

function sampleRow(sample: Sample, title: string, renderer: Renderer, begin: string): SourceRow {
  const turns: readonly [Turn, Turn] =
    sample.kind === 'qa'
      ? turnsOf(sample, title)
      : [
          { role: 'user', content: title.trim() },
          { role: 'assistant', content: sample.text?.trim() ?? '' },
        ];
  return { kind: sample.kind, rendered: renderer(sample, title), turns, title, begin, sample, ends: true };
}

function replayRow(ids: readonly number[], encoder: Encoder, student: Student): SourceRow {
  const { begin: lead, eos } = student.tokenizer;
  const ends = ids.at(-1) === eos;
  const begins = lead.length > 0 && lead.every((id, at) => ids[at] === id);
  const completion = encoder.decode(ids.slice(begins ? lead.length : 0, ends ? -1 : undefined));
  const begin = begins ? encoder.decode(lead) : '';
  const text = { rendered: { prompt: '', completion }, begin, turns: undefined, title: '', sample: undefined };
  return { kind: 'replay', ...text, ends };
}

function sameTokens(
  { prompt, completion }: RenderedText,
  ids: readonly number[],
  begin: readonly number[],
  encoder: Encoder,
): boolean {
  const now = [...begin, ...encoder.encode(prompt), ...encoder.encode(completion)];
  return now.length === ids.length - 1 && now.every((id, at) => id === ids[at]);
}
