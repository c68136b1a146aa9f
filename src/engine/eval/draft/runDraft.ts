import type { EvaluateParams } from '../../../contract/evaluation.ts';
import { openGenerator } from '../../generate/generator.ts';
import { openProjectCorpus } from '../../generate/projectCorpus.ts';
import { badInput, type JobContext, type JobEnd } from '../../jobs/index.ts';
import { CompletionLog, RequestStore, runRequests } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import { AnswerSource, plannedAgainstLog } from '../run/answerSource.ts';
import { draftExists, draftPath, writeDraft } from './draftFile.ts';
import { chooseQuestions, planDraft } from './draftPlan.ts';

/**
 * Drafts a benchmark with the project's generator: candidate questions from every document, written for a person to
 * review. Answers go into the evaluation's log, so a stopped draft goes on. The caller holds the evaluation's lease.
 */
export async function runDraft(
  run: string,
  draft: NonNullable<EvaluateParams['draft']>,
  budget: EvaluateParams['budget'],
  project: Project,
  keys: Readonly<Record<string, string>>,
  { events, signal, hooks }: JobContext,
): Promise<JobEnd> {
  if (await draftExists(project, draft.name))
    return badInput(`${draftPath(draft.name)} is there already and was not touched. Choose another name.`);
  const opened = await openGenerator(project, keys, {
    signal,
    onSetUp: ({ message }) => events.note(message),
    onLost: (message) => hooks.onMessage?.('warn', message),
  });
  if (!opened.ok) {
    const { cause, message } = opened;
    return cause === 'configuration' ? badInput(message) : { kind: 'paused', cause, message, reasons: [] };
  }
  const { generator } = opened;
  const [endpoint] = generator.endpoints;
  events.note(undefined);
  events.phase('load', 'preparing');
  const { corpus, counter } = await openProjectCorpus(project, { signal });
  const requests = await RequestStore.openForWriting(project.paths.evaluation.requests);
  const log = await CompletionLog.openForWriting(project.paths.evaluation.completions, { after: [requests.writer] });
  try {
    if (!endpoint || corpus.documents.length === 0) return badInput(`No document to read in ${project.root}.`);
    const model = { profile: generator.profile, model: endpoint.model, engine: endpoint.id };
    const planned = await planDraft(project, corpus, model, draft.questions);
    if (!planned.ok) return badInput(planned.message);
    const { pending } = plannedAgainstLog(
      planned.requests.map(({ request }) => request),
      log,
    );
    events.phase('draft');
    let done = 0;
    const source = new AnswerSource(pending, () => {
      done += 1;
    });
    const end = await runRequests({
      source,
      endpoints: generator.endpoints,
      log,
      requests,
      run,
      signal,
      maxConcurrency: project.config.generator.max_concurrency,
      budget: [{ name: 'run', ...budget }],
      onState: ({ requestsPerSecond: rate }) => {
        const left = pending.length - done;
        const eta = rate && rate > 0 ? left / rate : null;
        events.progress({ phase: 'draft', done, total: pending.length, unit: 'request', rate, etaSeconds: eta });
        hooks.onStatus?.(events.status);
      },
    });
    if (end.kind !== 'done') return end;
    const found: { document: string; question: string; answer: string }[] = [];
    for (const { request, document, parse } of planned.requests) {
      const line = await log.read(request.id);
      if (line) found.push(...parse(line).map((candidate) => ({ ...candidate, document })));
    }
    const { questions } = await chooseQuestions(project, found, draft.questions);
    if (questions.length === 0)
      return {
        kind: 'failed',
        message: 'No usable question came back.',
        hint: 'Look at the raw answers, or use a larger generator.',
      };
    const written = await writeDraft(project, draft.name, questions);
    if (!written.ok) return badInput(written.message);
    return {
      kind: 'succeeded',
      message: `${questions.length} questions drafted in ${written.file}. Review them, then take "draft: true" out.`,
    };
  } finally {
    await log.close();
    await requests.close();
    await counter.close();
    await generator.release();
  }
}
