import { join } from 'node:path';
import type { CompletionLine } from '../../../contract/completion.ts';
import { contentHash } from '../../contentHash.ts';
import type { JobContext } from '../../jobs/index.ts';
import {
  type BudgetCap,
  type CompletionLog,
  isScore,
  type RequestStore,
  type ResolvedEndpoint,
  type RunEnd,
  runRequests,
  scoreTransport,
} from '../../llm/index.ts';
import type { AnswerRequest } from '../answer/answerRequest.ts';
import type { AnsweringModel } from '../models/openModels.ts';
import { AnswerSource, plannedAgainstLog } from './answerSource.ts';
import { workerAnswers } from './workerAnswers.ts';

export interface AnsweringContext {
  dir: string;
  run: string;
  log: CompletionLog;
  requests: RequestStore;
  keys: Readonly<Record<string, string>>;
  job: JobContext;
  maxConcurrency: number;
  /** Caps with what was spent before this call. */
  budget: () => BudgetCap[];
  onAnswer: (request: string, line: CompletionLine) => void;
  /** Called as answers come, for what else shows progress. */
  onTick: () => void;
}

/** Counts over all models of a run: what progress is shown of. */
export class AnswerCount {
  done = 0;
  readonly total: number;
  constructor(total: number) {
    this.total = total;
  }
}

/** Lines that are read from the log at a time while known answers are taken in. */
const READ_BATCH = 64;

/** Takes in everything the log has already; gives what is still to be asked. */
export async function takeKnown(
  planned: readonly AnswerRequest[],
  { log, onAnswer, job }: Pick<AnsweringContext, 'log' | 'onAnswer' | 'job'>,
): Promise<AnswerRequest[]> {
  const { known, pending } = plannedAgainstLog(planned, log);
  for (let at = 0; at < known.length; at += READ_BATCH) {
    job.signal.throwIfAborted();
    const ids = known.slice(at, at + READ_BATCH);
    const lines = await Promise.all(ids.map((id) => log.read(id)));
    for (const [index, line] of lines.entries()) if (line) onAnswer(ids[index] ?? '', line);
  }
  return pending;
}

/** Asks one model everything that the log has no answer for: over HTTP, or through the worker. */
export async function answerAll(
  model: AnsweringModel,
  pending: AnswerRequest[],
  count: AnswerCount,
  phase: string,
  context: AnsweringContext,
): Promise<RunEnd> {
  const { job, run, log, requests, onAnswer, onTick } = context;
  const { events, signal, hooks } = job;
  if (pending.length === 0) return { kind: 'done' };
  const show = (rate: number | null) => {
    const left = count.total - count.done;
    events.progress({
      phase,
      done: count.done,
      total: count.total,
      unit: 'request',
      rate,
      etaSeconds: rate && rate > 0 ? left / rate : null,
    });
    onTick();
    hooks.onStatus?.(events.status);
  };
  const answered = (request: string, line: CompletionLine) => {
    count.done += 1;
    onAnswer(request, line);
  };
  if (model.via.kind === 'worker') {
    const started = Date.now();
    const before = count.done;
    const rate = () => {
      const seconds = (Date.now() - started) / 1000;
      return count.done - before >= 5 && seconds > 1 ? (count.done - before) / seconds : null;
    };
    return workerAnswers({
      weights: model.via.weights,
      ...(model.via.target === undefined ? {} : { target: model.via.target }),
      engine: model.engine,
      pending,
      dir: context.dir,
      stem: join('work', contentHash(`${phase}|${model.engine}|${model.model}`).slice(0, 12)),
      run,
      log,
      requests,
      keys: context.keys,
      signal,
      onAnswer: answered,
      onProgress: (progress) => {
        events.note(count.done === before ? `${model.name}: ${progress.message ?? progress.phase}` : undefined);
        show(rate());
      },
      onLog: (level, message) => events.log(level, message),
    });
  }
  let end: RunEnd = { kind: 'done' };
  for (const scored of [true, false]) {
    const part = pending.filter((request) => request.scored === scored);
    if (part.length === 0 || end.kind !== 'done') continue;
    const source = new AnswerSource(part, answered);
    end = await runRequests({
      source,
      endpoints: [model.via.endpoint],
      log,
      requests,
      run,
      signal,
      maxConcurrency: context.maxConcurrency,
      budget: context.budget(),
      onState: (state) => show(state.requestsPerSecond),
      ...(scored ? { service: likelihoods(part) } : {}),
    });
    if (source.gaveUp > 0) {
      const text = `${source.gaveUp} requests to ${model.name} had no answer after several attempts (${source.lastReason ?? ''}). They stay open: run it again.`;
      events.log('warn', text);
      hooks.onMessage?.('warn', text);
    }
  }
  return end;
}

/** Likelihoods of an endpoint: by token ids, or as text where the requests were planned so. */
function likelihoods(requests: readonly AnswerRequest[]) {
  const byId = new Map(requests.map((request) => [request.id, request]));
  const edge = requests.some(({ draft }) => draft.form === 'score_joined') ? 'joined' : 'apart';
  return {
    open: (endpoint: ResolvedEndpoint) => scoreTransport(endpoint, edge, (id) => byId.get(id)?.scoreBody()),
    isAnswer: isScore,
  };
}
