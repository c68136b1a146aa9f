import type { OpenedCorpus } from '../engine/corpus/index.ts';
import { openProjectCorpus, samplesBehind, tableOutdated } from '../engine/generate/index.ts';
import { CompletionLog, RequestStore } from '../engine/llm/index.ts';
import type { Project } from '../engine/project/index.ts';
import { type LanceSampleReader, openSampleReader, ReviewBook } from '../engine/samples/index.ts';
import { methodLabels } from '../engine/synth/index.ts';
import { number } from './terminal.ts';

const AGAIN = '"smt generate --rederive" makes them again from the log: nothing is sent, nothing is paid.';

export interface OpenSamples {
  corpus: OpenedCorpus;
  reader: LanceSampleReader;
  reviews: ReviewBook;
  completions: CompletionLog;
  requests: RequestStore;
  /** What a person must know before they trust the list; empty = it is whole. */
  notes: string[];
  close(): Promise<void>;
}

/** Samples as the editor sees them: table, newer answers of the log, reviews and staleness laid over. */
export async function openSamples(project: Project): Promise<OpenSamples> {
  const { corpus, counter } = await openProjectCorpus(project);
  const reviews = await ReviewBook.open(project.paths.reviews);
  const notes: string[] = [];
  const tooMany = (answers: number) => {
    const told = `At least ${number.format(answers)} answers of the log are not in the table of samples: it was lost or is far behind.`;
    notes.splice(0, notes.length, `${told} ${AGAIN}`);
  };
  const reader = await openSampleReader({
    lance: project.paths.lance,
    reviews,
    labels: methodLabels(),
    tail: (position) => samplesBehind(project.root, position, { corpus, tokens: counter, tooMany }),
  });
  await reader.whenReady();
  await reader.setDocumentHashes(new Map(corpus.documents.map(({ id, text_hash }) => [id, text_hash])));
  if (await tableOutdated(project)) {
    notes.push(`The evaluation questions or the parsers changed since these samples were made. ${AGAIN}`);
  }
  const completions = await CompletionLog.open(project.paths.completions);
  const requests = await RequestStore.open(project.paths.requests);
  return {
    corpus,
    reader,
    reviews,
    completions,
    requests,
    notes,
    close: async () => {
      await Promise.all([reader.close(), completions.close(), requests.close(), counter.close()]);
    },
  };
}
