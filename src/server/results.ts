import { basename } from 'node:path';
import { ResultsServer } from '../contract/resultsRpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import { importLogs, removeImported } from '../engine/eval/imported/index.ts';
import {
  AnswerLogs,
  type AnswerSources,
  answerDetail,
  answerPage,
  type Book,
  type BookCell,
  breakdown,
  compareCells,
  exportLmEval,
  Report,
  reportPage,
  reportText,
  sampledAnswers,
  taughtBy,
} from '../engine/eval/report/index.ts';
import { CompletionLog } from '../engine/llm/index.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';

/** results/*: what evaluations say, down to a single answer and the samples that could have taught it; exports, imports. */
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
    const { report } = await of(project);
    const { models } = await report.summary();
    const names = new Map(models.map(({ model, name }) => [model, name]));
    const book = await report.book();
    return compareCells(cellIn(book, first), cellIn(book, second), 'chosen', book, names);
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
    const detail = await answerDetail(book, question, cells, results.sources());
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
  session.answer(ResultsServer.report, async ({ project, wish }) => {
    const results = await of(project);
    const summary = await results.report.summary();
    if (wish.format !== 'html') return { text: reportText(summary, wish.format) };
    const book = await results.report.book();
    const answers = await sampledAnswers(book, summary, wish.answers, results.sources());
    const corpus = await session.open(project).knownCorpus();
    const titles = new Map(corpus?.documents.map(({ id, title }) => [id, title]));
    const loaded = await session.open(project).load();
    const name = loaded.kind === 'ready' ? loaded.project.config.name : basename(project);
    return { text: reportPage({ name, at: new Date(), summary, book, titles, answers }) };
  });
  session.answerTrusted(ResultsServer.exportLmEval, async ({ project, folder }) => {
    const results = await of(project);
    const [summary, book] = [await results.report.summary(), await results.report.book()];
    if (summary.cells.length === 0)
      throw failure('nothing', 'Nothing is evaluated yet: there is nothing to export.', 'Evaluate first.');
    const logs = await AnswerLogs.open(session.open(project).paths);
    try {
      const prompt = (request: string) => logs.prompt(request);
      const sources = { ...results.sources(), prompt };
      return { files: await exportLmEval({ summary, book, at: new Date() }, folder, sources) };
    } finally {
      await logs.close();
    }
  });
  session.answerTrusted(ResultsServer.importLogs, async ({ project, files }) => {
    await of(project);
    return importLogs(session.open(project).paths.evaluation.imported, files);
  });
  session.answerTrusted(ResultsServer.removeImported, async ({ project, imports }) => {
    await of(project);
    const gone = await removeImported(session.open(project).paths.evaluation.imported, imports);
    return { removed: gone.length };
  });
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

  /** The texts behind the answers. */
  sources(): AnswerSources {
    return {
      completion: async (request) => (await this.completions()).read(request),
      document: (id) => this.document(id),
    };
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
