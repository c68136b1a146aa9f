import type { JobSpec } from '../../../contract/events.ts';
import { openProjectCorpus } from '../../generate/projectCorpus.ts';
import { badInput, type JobContext, type JobEnd, type JobHooks, runJob } from '../../jobs/index.ts';
import { CompletionLog, loadRegistry, RequestStore, type RunEnd } from '../../llm/index.ts';
import { aloneInProject, evaluating, formatProblem, type Project } from '../../project/index.ts';
import { RetrievalProblem } from '../../rag/index.ts';
import { type EvaluationPrompts, loadEvaluationPrompts, type Preset } from '../answer/prompts.ts';
import { loadBenchmarks } from '../benchmarks/loadBenchmarks.ts';
import { runDraft } from '../draft/runDraft.ts';
import { harnessOf } from '../general/harness.ts';
import { runHarness } from '../general/runHarness.ts';
import { type Judge, judgeOf } from '../judge/judge.ts';
import { runValidation } from '../judge/runValidation.ts';
import { judgeStands, readValidation } from '../judge/validations.ts';
import { describeModels } from '../models/modelDescription.ts';
import { type AnsweringModel, openModels } from '../models/openModels.ts';
import { scoringModels } from '../models/scoringModels.ts';
import { AnswerCount, type AnsweringContext, answerAll, takeKnown } from './answering.ts';
import type { Recipe } from './cells.ts';
import { EvaluationFiles } from './evaluationFiles.ts';
import { judgeAnswers } from './judging.ts';
import { LiveCells } from './liveCells.ts';
import {
  absenceAdvice,
  askedIn,
  type ModelPlan,
  placeBenchmarks,
  planModel,
  roomForPassages,
} from './planEvaluation.ts';
import { type Retrieved, retrieveFor } from './retrieved.ts';
import { ScoreBoard } from './scoreBoard.ts';
import { askedText, type Selection, selectEvaluation } from './selection.ts';

export type EvaluateSpec = Extract<JobSpec, { kind: 'evaluate' }>;
type Keys = Readonly<Record<string, string>>;

/**
 * The evaluating job: benchmarks loaded and placed, passages found, answers asked for and judged, scores written. Holds
 * a lease of its own (answers have their own log). Throws nothing: every end is a value.
 *
 * @param dir  run directory with its `spec.json`
 * @param keys keys by origin, as they came over standard input
 */
export function runEvaluate(dir: string, spec: EvaluateSpec, keys: Keys, hooks: JobHooks = {}): Promise<JobEnd> {
  return runJob(dir, 'evaluate', hooks, (context) =>
    aloneInProject(dir, spec, evaluating, async (project) => {
      try {
        const { draft, validate, budget } = spec.params;
        if (validate) return await runValidation(dir, spec.run, { validate, budget }, project, keys, context);
        return await (draft
          ? runDraft(spec.run, draft, budget, project, keys, context)
          : evaluate(dir, spec, project, keys, context));
      } catch (error) {
        if (!(error instanceof RetrievalProblem)) throw error;
        const { code, message } = error;
        if (code === 'key' || code === 'quota' || code === 'endpoint')
          return { kind: 'paused', cause: code, message, reasons: [] };
        return badInput(code === 'no_index' ? `${message} ("smt index" builds it.)` : message);
      }
    }),
  );
}

async function evaluate(
  dir: string,
  spec: EvaluateSpec,
  project: Project,
  keys: Keys,
  job: JobContext,
): Promise<JobEnd> {
  const { events, signal } = job;
  events.phase('load', 'preparing');
  const prompts = await loadEvaluationPrompts(project);
  if (!prompts.ok) return badInput(prompts.message);
  const selected = selectEvaluation(project, await loadBenchmarks(project, signal), spec.params);
  if (!selected.ok) return badInput(selected.message);
  const { selection } = selected;
  for (const note of selection.notes) tell(job, note);
  const guarded = await harnessOf(project, selection);
  if (!guarded.ok) return badInput(guarded.message);
  const { harness } = guarded;
  const { registry, problems } = await loadRegistry();
  if (problems.length > 0) return badInput(problems.map(formatProblem).join('\n'));
  const judgeName = project.config.evaluation.judge.model;
  const names = [...selection.models, ...(judgeName === undefined ? [] : [judgeName])];
  const described = await describeModels(project, registry, names, {
    worker: spec.params.worker,
    likelihood: selection.likelihood,
  });
  const viaWorker = described
    .slice(0, selection.models.length)
    .filter(({ answeredBy }) => answeredBy.kind === 'endpoint');
  if (spec.params.worker && viaWorker.length > 0) {
    const named = viaWorker.map(({ name }) => name).join(', ');
    return badInput(
      `The worker cannot answer for ${named}: it needs weights. Leave it out, or evaluate without the worker.`,
    );
  }
  const unknown = described.find(({ known }) => !known);
  if (unknown)
    return badInput(
      `${unknown.name}: there is no such ${unknown.ref.kind === 'endpoint' ? 'endpoint in your endpoints file' : 'training run in this project'}.`,
    );
  const opened = await openModels(project, described, {
    registry,
    keys,
    signal,
    onSetUp: ({ message, megabytes, total_megabytes }) => {
      const [done, total] = [megabytes * 1e6, total_megabytes * 1e6];
      events.progress({ phase: 'setup', done, total, unit: 'byte', rate: null, etaSeconds: null });
      events.note(message);
    },
    onLost: (message) => tell(job, message),
  });
  if (!opened.ok) {
    const { cause, message } = opened;
    return cause === 'configuration' ? badInput(message) : { kind: 'paused', cause, message, reasons: [] };
  }
  events.note(undefined);
  try {
    return await askModels(dir, spec, project, keys, job, {
      selection,
      prompts: prompts.prompts,
      models: opened.models.slice(0, selection.models.length),
      judge: judgeName === undefined ? undefined : opened.models.at(-1),
      guard: harness && (() => runHarness(dir, project, harness, described.slice(0, selection.models.length), job)),
    });
  } finally {
    await opened.release();
  }
}

/** What is asked, and who answers. */
interface Opened {
  selection: Selection;
  prompts: EvaluationPrompts;
  models: AnsweringModel[];
  judge: AnsweringModel | undefined;
  /** The tasks of lm-evaluation-harness that the project wants beside the general panel. */
  guard: (() => Promise<JobEnd>) | undefined;
}

async function askModels(
  dir: string,
  spec: EvaluateSpec,
  project: Project,
  keys: Keys,
  job: JobContext,
  { selection, prompts, models: opened, judge: judgeModel, guard }: Opened,
): Promise<JobEnd> {
  const { events, signal } = job;
  let models = opened;
  if (selection.likelihood) {
    const scoring = await scoringModels(models, signal);
    if (!scoring.ok) {
      signal.throwIfAborted();
      const { cause, message } = scoring;
      return cause === 'configuration' ? badInput(message) : { kind: 'paused', cause, message, reasons: [] };
    }
    models = scoring.models;
    for (const note of scoring.notes) tell(job, note);
  }
  const judge = judgeModel && judgeOf(judgeModel, prompts.eval_judge);
  const preset: Preset =
    selection.prompt !== 'auto' ? selection.prompt : models.some(({ small }) => small) ? 'short' : 'instruct';
  const recipe: Recipe = {
    prompts,
    preset,
    temperature: selection.temperature,
    maxTokens: selection.maxTokens,
    samples: selection.samples,
    shuffled: project.config.evaluation.shuffle_choices,
    judge: judge && { id: judge.id, line: await judgeLine(project, judge, job) },
  };
  const { corpus, counter } = await openProjectCorpus(project, {
    signal,
    onProgress: ({ done, total }) =>
      events.progress({ phase: 'load', done, total, unit: 'document', rate: null, etaSeconds: null }),
  });
  const requests = await RequestStore.openForWriting(project.paths.evaluation.requests);
  const log = await CompletionLog.openForWriting(project.paths.evaluation.completions, { after: [requests.writer] });
  if (log.repairedBytes > 0)
    events.log('warn', `Repaired a torn line at the end of the log (${log.repairedBytes} bytes).`);
  try {
    const benchmarks = await placeBenchmarks(project, selection, corpus, signal);
    for (const advice of benchmarks.map(absenceAdvice)) if (advice !== undefined) tell(job, advice);
    const room = roomForPassages(models, recipe, counter);
    let retrieved: Retrieved | undefined;
    if (selection.settings.includes('rag')) {
      events.phase('retrieve', 'preparing');
      const wanted = benchmarks.filter(({ benchmark }) => benchmark.format !== 'general').flatMap(({ asked }) => asked);
      retrieved = await retrieveFor(project, wanted, {
        ...{ keys, corpus, counter, room, signal, topK: selection.topK },
        onProgress: (done, total) =>
          events.progress({ phase: 'retrieve', done, total, unit: 'question', rate: null, etaSeconds: null }),
      });
      for (const note of retrieved.notes) tell(job, note);
      if (retrieved.k === 0)
        return badInput(
          'Not one passage fits beside a question in the context of the models. Build the index with smaller chunks (retrieval.chunk_size), or raise context_tokens.',
        );
    }
    const board = new ScoreBoard(judge !== undefined);
    for (const [question, chunks] of retrieved?.chunks ?? [])
      board.setChunks(question, chunks.map(({ id }) => id).reverse());
    const settings = (
      await Promise.all(benchmarks.map((each) => askedIn(each, selection, corpus, retrieved, room)))
    ).flat();
    for (const { benchmark, setting, questions, leftOut } of settings)
      if (questions.length === 0 && leftOut > 0)
        tell(
          job,
          `${benchmark}, ${setting}: none of the ${leftOut} questions has a known passage that fits, so nothing is asked.`,
        );
    const plans = models.map((model) => planModel(model, settings, recipe, selection, board));
    const cells = plans.flatMap((plan) => plan.cells);
    if (cells.length === 0)
      return badInput(
        'Nothing can be asked this way: likelihoods need multiple-choice questions and weights, or an endpoint that tells them; `gold` needs a known passage.',
      );
    const files = await EvaluationFiles.open(dir);
    const live = new LiveCells(events, board, cells);
    const lines = cells.map(({ line }) => line);
    const context: AnsweringContext = {
      ...{ dir, run: spec.run, log, requests, keys, job },
      maxConcurrency: project.config.generator.max_concurrency,
      budget: await budgetOf(project, spec, log),
      onAnswer: (request, line) => board.take(request, line),
      onTick: () => {
        files.flush();
        live.tell();
      },
    };
    const pending: { plan: ModelPlan; requests: Awaited<ReturnType<typeof takeKnown>> }[] = [];
    for (const plan of plans) pending.push({ plan, requests: await takeKnown(plan.requests, context) });
    await files.begin(
      benchmarks.flatMap(({ all }) => all),
      lines,
      board.lines(cells),
    );
    board.onComplete = (_cell, line) => files.add(line);
    events.phase('answer');
    live.tell(true);
    const total = pending.reduce((sum, each) => sum + each.requests.length, 0);
    const count = new AnswerCount(total);
    let end: RunEnd = { kind: 'done' };
    for (const { plan, requests: open } of pending) {
      if (end.kind === 'done') end = await answerAll(plan.model, open, count, 'answer', context);
    }
    board.onComplete = undefined;
    if (end.kind === 'done' && judge && board.judgeable.length > 0) {
      events.phase('judge');
      end = await judgeAnswers(judge, board, context);
    }
    const guarded = end.kind === 'done' ? await guard?.() : undefined;
    const stopping = end.kind === 'cancelled' || guarded?.kind === 'cancelled';
    events.phase('score', stopping ? 'stopping' : 'running');
    for (const file of await files.finish(lines, board.lines(cells))) events.artifact(file);
    live.tell(true);
    if (board.failed > 0)
      tell(
        job,
        `${board.failed} requests were refused and count as wrong and unparsed (first: ${board.firstFailure ?? ''}).`,
      );
    if (guarded && guarded.kind !== 'succeeded') return guarded;
    return end.kind === 'done'
      ? {
          kind: 'succeeded',
          message: askedText(
            benchmarks.reduce((sum, { asked }) => sum + asked.length, 0),
            cells.length,
            selection,
          ),
        }
      : end;
  } finally {
    await log.close();
    await requests.close();
    await counter.close();
  }
}

async function judgeLine(
  project: Project,
  judge: Judge,
  job: JobContext,
): Promise<NonNullable<Recipe['judge']>['line']> {
  const stands = judgeStands(await readValidation(project.paths, judge.id), project.config.evaluation.judge.kappa);
  if (stands.warning) tell(job, stands.warning);
  return {
    id: judge.id,
    model: judge.model.name,
    validated: stands.validated,
    ...(stands.kappa === undefined ? {} : { kappa: stands.kappa }),
  };
}

/** The project's budget holds over generation and evaluation together, the run's for what this run adds. */
async function budgetOf(
  project: Project,
  { params }: EvaluateSpec,
  log: CompletionLog,
): Promise<AnsweringContext['budget']> {
  const generation = await CompletionLog.open(project.paths.completions);
  const { inputTokens, outputTokens } = generation.spend;
  const cost = generation.knownCost;
  await generation.close();
  const before = { tokens: log.spend.inputTokens + log.spend.outputTokens, cost: log.knownCost };
  return () => {
    const now = { tokens: log.spend.inputTokens + log.spend.outputTokens, cost: log.knownCost };
    return [
      {
        name: 'project',
        ...project.config.budget,
        spent: { tokens: now.tokens + inputTokens + outputTokens, cost: now.cost + cost },
      },
      { name: 'run', ...params.budget, spent: { tokens: now.tokens - before.tokens, cost: now.cost - before.cost } },
    ];
  };
}

function tell({ events, hooks }: JobContext, message: string): void {
  events.log('warn', message);
  hooks.onMessage?.('warn', message);
}
