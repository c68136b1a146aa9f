import { Server } from '../contract/rpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import { projectBenchmarkQuestions } from '../engine/eval/benchmarkQuestions.ts';
import { auditReport, decide, lastAudit, newAudit } from '../engine/samples/index.ts';
import { LeakGate } from '../engine/synth/dedupe/leakGate.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';

/** reviews/*: what people decide. The only place of the product that appends to reviews.jsonl. */
export function answerReviews(session: Session): void {
  session.answerTrusted(Server.decide, async ({ project, decision }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const [book, reader] = await Promise.all([opened.reviews(), opened.reader()]);
    if (decision.kind === 'question') await refuseLeak(opened, decision.text);
    await book.refresh();
    const { summary, changed, question, tally } = await decide(decision, {
      book,
      samples: (ids) => reader.getAll(ids),
    });
    if (changed.length > 0) await reader.reviewsChanged(changed);
    return {
      revision: reader.revision,
      summary,
      can_undo: book.lastGroup().length > 0,
      ...(question === undefined ? {} : { question }),
      ...(tally === undefined ? {} : { tally }),
    };
  });
  session.answer(Server.orphanReviews, async ({ project }) => {
    const orphans = await (await session.open(project).reader()).orphans();
    return { reviews: orphans.map(({ verdict, text, at }) => ({ decision: verdict ?? 'edit', text, at })) };
  });
  session.answer(Server.audit, async ({ project, audit, size }) => {
    const opened = session.open(project);
    const [book, reader] = await Promise.all([opened.reviews(), opened.reader()]);
    const wanted = audit ?? (size === undefined ? lastAudit(book) : newAudit(size));
    return auditReport(reader, book, wanted);
  });
}

/** A person's own question must not be one the model is evaluated on. */
async function refuseLeak(opened: OpenedProject, text: string): Promise<void> {
  const { root, config } = await opened.project();
  const { questions } = await projectBenchmarkQuestions({ root, config });
  const verdict = new LeakGate(questions).question(text);
  if (verdict.kind !== 'leak') return;
  throw failure(
    'leak',
    `This is an evaluation question (${verdict.benchmark}): training on it would make the evaluation worthless.`,
    'Ask something else, or take the question out of the benchmark.',
  );
}
