import { join } from 'node:path';
import type { OpenedCorpus } from '../corpus/index.ts';
import { openProjectCorpus, samplesBehind } from '../generate/index.ts';
import { JobProblem } from '../jobs/index.ts';
import { formatProblem, loadProject, type Project } from '../project/index.ts';
import { type LanceSampleReader, openSampleReader, ReviewBook } from '../samples/index.ts';

/** A project's samples and documents, opened to be mixed. */
export interface SampleSource {
  project: Project;
  corpus: OpenedCorpus;
  reader: LanceSampleReader;
  close(): Promise<void>;
}

/**
 * Samples of a project as its editor sees them: table, newer answers of the log, reviews and staleness laid over.
 * @throws StoreUnavailable, JobProblem
 */
export async function openSource(project: Project, signal?: AbortSignal): Promise<SampleSource> {
  const { corpus, counter } = await openProjectCorpus(project, { signal });
  let behind = 0;
  const tooMany = (answers: number) => {
    behind = answers;
  };
  try {
    const reader = await openSampleReader({
      lance: project.paths.lance,
      reviews: await ReviewBook.open(project.paths.reviews),
      tail: (position) => samplesBehind(project.root, position, { corpus, tokens: counter, tooMany }),
    });
    await reader.whenReady();
    if (behind > 0) {
      await reader.close();
      throw new JobProblem(
        `At least ${behind} answers in the log of ${project.config.name} (${project.root}) are not in its table of samples, so the training set would lack them. Run "smt generate --rederive" there first (nothing is sent, nothing is paid), or "Make Samples Again" in its Samples panel.`,
      );
    }
    await reader.setDocumentHashes(new Map(corpus.documents.map(({ id, text_hash }) => [id, text_hash])));
    return {
      project,
      corpus,
      reader,
      close: async () => {
        await Promise.all([reader.close(), counter.close()]);
      },
    };
  } catch (error) {
    await counter.close();
    throw error;
  }
}

/** The project of a part that names another folder. @throws JobProblem with what is wrong there */
export async function otherProject(folder: string): Promise<Project> {
  const loaded = await loadProject(folder);
  if (loaded.kind === 'ready') return loaded.project;
  if (loaded.kind === 'none') throw new JobProblem(`mixture.parts: there is no smt.yaml in ${folder}.`);
  throw new JobProblem(`mixture.parts: ${join(folder, 'smt.yaml')}\n${loaded.problems.map(formatProblem).join('\n')}`);
}
