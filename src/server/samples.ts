import { Server } from '../contract/rpc.ts';
import { type LineageDocument, lineageOf } from '../engine/samples/index.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';

/** samples/*: pages, ids and counts of samples, and everything behind one. */
export function answerSamples(session: Session): void {
  session.answer(Server.samples, async ({ project, filter, offset, limit }) =>
    (await session.open(project).reader()).page(filter, offset, limit),
  );
  session.answer(Server.sampleIds, async ({ project, filter, offset, limit }) => {
    const reader = await session.open(project).reader();
    const { revision } = reader;
    return { revision, ids: await reader.ids(filter, limit, offset) };
  });
  session.answer(Server.sampleCounts, async ({ project, filter }) => {
    const opened = session.open(project);
    const counts = await (await opened.reader()).counts(filter);
    return {
      ...counts,
      ...(opened.behind > 0 ? { behind: opened.behind } : {}),
      ...(counts.total > 0 && (await opened.outdated()) ? { outdated: true } : {}),
    };
  });
  session.answer(Server.lineage, async ({ project, sample }) => {
    const opened = session.open(project);
    const [reader, completions, requests, reviews] = await Promise.all([
      opened.reader(),
      opened.completions(),
      opened.requests(),
      opened.reviews(),
    ]);
    return lineageOf(sample, {
      reader,
      completions,
      requests,
      questions: reviews.questions(),
      document: (id) => documentOf(opened, id),
    });
  });
}

/** The document as the corpus has it; undefined where it is gone or the corpus cannot be read. */
async function documentOf(opened: OpenedProject, id: string): Promise<LineageDocument | undefined> {
  const corpus = await opened.corpus().catch(() => undefined);
  const document = corpus?.documents.find((each) => each.id === id);
  if (!corpus || !document) return undefined;
  return {
    title: document.title,
    path: document.path,
    pages: document.pages,
    windows: await corpus.windows(id),
  };
}
