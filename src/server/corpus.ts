import { Server } from '../contract/rpc.ts';
import { unknownDocument } from './openedProject.ts';
import type { Session } from './session.ts';

/** corpus/*: the documents of a project and the text that all offsets refer to. */
export function answerCorpus(session: Session): void {
  session.answer(Server.corpus, async ({ project, refresh }) => {
    const opened = session.open(project);
    const { documents, unreadable, tokens } = await opened.corpus(refresh);
    return { revision: opened.corpusRevision, documents: [...documents], unreadable: [...unreadable], tokens };
  });
  session.answer(Server.documentText, async ({ project, document: id }) => {
    const corpus = await session.open(project).corpus();
    const document = corpus.documents.find((each) => each.id === id);
    if (!document) throw unknownDocument(id);
    const [text, windows] = await Promise.all([corpus.text(id), corpus.windows(id)]);
    return {
      text,
      text_hash: document.text_hash,
      ...(document.pages ? { pages: document.pages } : {}),
      title: document.title,
      windows: windows.map(({ start, end }) => ({ start, end })),
    };
  });
}
