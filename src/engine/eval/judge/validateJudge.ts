import type { BudgetCap, RunEnd } from '../../llm/index.ts';
import { CompletionLog, RequestStore, runRequests } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';
import { AnswerSource, plannedAgainstLog } from '../run/answerSource.ts';
import { extractShortAnswer } from '../score/extraction.ts';
import { matchesShortAnswer } from '../score/shortAnswer.ts';
import { agreementOf, type LabelledVerdict } from './agreement.ts';
import { type Judge, judgeRequest, verdictOf } from './judge.ts';
import type { LabelledAnswer } from './labels.ts';
import { type JudgeValidation, writeValidation } from './validations.ts';

export interface ValidateOptions {
  /** Run id that is noted in the log. */
  run: string;
  /** Names of the label files, for the record. */
  files: readonly string[];
  signal?: AbortSignal;
  budget?: readonly BudgetCap[];
  onProgress?: (done: number, total: number) => void;
}

export type ValidateEnd =
  | { kind: 'validated'; validation: JudgeValidation; disagreements: (LabelledAnswer & { verdict: boolean })[] }
  | Exclude<RunEnd, { kind: 'done' }>
  | { kind: 'unanswered'; count: number; message: string };

/**
 * Asks a judge about answers that people have graded and keeps what came of it. The same way as in an evaluation: what
 * equals the gold after normalisation is right without asking, everything else is a request in the evaluation's log. The
 * caller holds the evaluation's lease.
 */
export async function validateJudge(
  project: Project,
  judge: Judge,
  labels: readonly LabelledAnswer[],
  options: ValidateOptions,
): Promise<ValidateEnd> {
  if (judge.model.via.kind !== 'endpoint') throw new Error('a judge is an endpoint');
  const { endpoint } = judge.model.via;
  const { evaluation } = project.paths;
  const requests = await RequestStore.openForWriting(evaluation.requests);
  const log = await CompletionLog.openForWriting(evaluation.completions, { after: [requests.writer] });
  try {
    const asked = new Map<LabelledAnswer, AnswerRequest>();
    const verdicts = new Map<string, boolean | undefined>();
    for (const label of labels) {
      if (needsNoJudge(label) !== undefined) continue;
      const question = { id: label.cluster, question: label.question, gold: label.gold, document: null };
      asked.set(label, judgeRequest(judge, question, label.answer));
    }
    const { known, pending } = plannedAgainstLog(asked.values(), log);
    for (const id of known) {
      const line = await log.read(id);
      if (line) verdicts.set(id, verdictOf(line));
    }
    let done = known.length;
    const source = new AnswerSource(pending, (request, line) => {
      verdicts.set(request, verdictOf(line));
      done += 1;
      options.onProgress?.(done, known.length + pending.length);
    });
    const end = await runRequests({
      source,
      endpoints: [endpoint],
      log,
      requests,
      run: options.run,
      maxConcurrency: project.config.generator.max_concurrency,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.budget ? { budget: options.budget } : {}),
    });
    if (end.kind !== 'done') return end;
    if (source.gaveUp > 0) return { kind: 'unanswered', count: source.gaveUp, message: source.lastReason ?? '' };
    const said = (label: LabelledAnswer) => verdicts.get(asked.get(label)?.id ?? '');
    const judged = labels.map((label) => {
      const verdict = needsNoJudge(label) ?? said(label) ?? false;
      return { ...label, verdict } satisfies LabelledVerdict;
    });
    const validation: JudgeValidation = {
      v: 1,
      judge: judge.id,
      model: judge.model.name,
      prompt: judge.template.hash,
      labels: [...options.files],
      ...agreementOf(judged),
      unread: [...asked.keys()].filter((label) => said(label) === undefined).length,
      least_kappa: project.config.evaluation.judge.kappa,
      at: Date.now() / 1000,
    };
    await writeValidation(project.paths, validation);
    return { kind: 'validated', validation, disagreements: judged.filter(({ label, verdict }) => label !== verdict) };
  } finally {
    await log.close();
    await requests.close();
  }
}

/** What needs no judge: an empty answer is wrong, one that equals the gold is right. */
export function needsNoJudge({ answer, gold }: LabelledAnswer): boolean | undefined {
  const said = extractShortAnswer(answer);
  if (!said.parsed) return false;
  return matchesShortAnswer(said.answer, gold) ? true : undefined;
}
