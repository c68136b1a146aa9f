import { ResultsServer } from '../contract/resultsRpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import {
  answerDetail,
  answerPage,
  type Book,
  type BookCell,
  breakdown,
  compareCells,
  Report,
  reportText,
  taughtBy,
} from '../engine/eval/report/index.ts';
import { CompletionLog } from '../engine/llm/index.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';

/** results/*: what evaluations say, down to a single answer and the samples that could have taught it. Reads only. */
export function answerResults(session: Session): void {
  const opened = new Map<OpenedProject, OpenedResults>();
  const of = async (project: string): Promise<OpenedResults> => {
    const folder = session.open(project);
    await folder.refuseLinks();
    const known = opened.get(folder) ?? new OpenedResults(folder);
    opened.set(folder, known);
    return known;
  };
  session.answer(ResultsServer.summary, async ({ project }) => (await of(project)).report.summary());
  session.answer(ResultsServer.compare, async ({ project, first, second }) => {
    const book = await (await of(project)).report.book();
    return compareCells(cellIn(book, first), cellIn(book, second), 'chosen', book);
  });
  session.answer(ResultsServer.breakdown, async ({ project, by, cells }) => {
    const book = await (await of(project)).report.book();
    const chosen = cells.map((cell) => cellIn(book, cell));
    return { rows: breakdown(book, chosen, by) };
  });
  session.answer(ResultsServer.answers, async ({ project, filter, offset, limit }) =>
    answerPage(await (await of(project)).report.book(), filter, offset, limit),
  );
  session.answer(ResultsServer.detail, async ({ project, question, cells }) => {
    const results = await of(project);
    const book = await results.report.book();
    const detail = await answerDetail(book, question, cells, {
      completion: async (request) => (await results.completions()).read(request),
      document: (id) => results.document(id),
    });
    if (!detail) throw unknownQuestion(question);
    return detail;
  });
  session.answer(ResultsServer.taughtBy, async ({ project, question }) => {
    const results = await of(project);
    const found = (await results.report.book()).questions.get(question);
    if (!found) throw unknownQuestion(question);
    const reader = await session.open(project).reader();
    return taughtBy(found, reader, (id) => results.document(id));
  });
  session.answer(ResultsServer.report, async ({ project, format }) => ({
    text: reportText(await (await of(project)).report.summary(), format),
  }));
}

/** What the server keeps of one project's evaluations. */
class OpenedResults {
  readonly report: Report;
  #completions: Promise<CompletionLog> | undefined;

  constructor(private readonly project: OpenedProject) {
    // Only what is counted already: opening the panel must not read the whole corpus first.
    this.report = new Report(project.paths, async () => {
      const corpus = await project.knownCorpus();
      const tokens = corpus?.documents.reduce((sum, { tokens }) => sum + tokens.tokens, 0) ?? 0;
      return tokens > 0 ? tokens : null;
    });
  }

  async completions(): Promise<CompletionLog> {
    const opening = this.#completions ?? CompletionLog.open(this.project.paths.evaluation.completions);
    this.#completions = opening;
    opening.catch(() => {
      this.#completions = undefined;
    });
    const log = await opening;
    await log.refresh();
    return log;
  }

  async document(id: string): Promise<{ title: string; text: string } | undefined> {
    const corpus = await this.project.corpus();
    const found = corpus.documents.find((document) => document.id === id);
    return found ? { title: found.title, text: await corpus.text(id) } : undefined;
  }
}

function cellIn({ cells }: Book, id: string): BookCell {
  const found = cells.find((cell) => cell.id === id);
  if (found) return found;
  throw failure('unknown_cell', 'This cell is not in the report any more.', 'Its run was removed; choose another.');
}

function unknownQuestion(id: string) {
  return failure('unknown_question', `There is no evaluated question "${id}".`, 'Its run was removed; refresh.');
}
