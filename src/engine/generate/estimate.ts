import type { CorpusDocument } from '../../contract/corpus.ts';
import type { Estimate, Interval } from '../../contract/estimate.ts';
import type { GenerateParams, JobStatus } from '../../contract/events.ts';
import type { Corpus } from '../corpus/index.ts';
import { CompletionLog, loadRegistry, RequestStore } from '../llm/index.ts';
import { methodOptions, type Project } from '../project/index.ts';
import { methodsFor } from '../synth/registry.ts';
import type { Method } from '../synth/types.ts';
import { describeGenerator } from './generator.ts';
import { type Observed, observePlan } from './observed.ts';
import { matchesAny } from './scope.ts';
import { openSynthesis } from './synthesis.ts';

export interface EstimateInput {
  project: Project;
  corpus: Corpus;
  params: GenerateParams;
  /** Runs of the project, newest first: what time is estimated from. */
  runs: readonly JobStatus[];
  signal?: AbortSignal | undefined;
}

interface StageEstimate {
  method: string;
  planned: number;
  answered: number;
  remaining: Interval;
  input: Interval;
  output: Interval;
  ceiling: number;
}

/** Share of a later stage's requests that can fall away because a document gave no usable question or strategy [ours]. */
const LATER_STAGE_LOSS = 0.2;
/** Below this many answers of a stage, its own mean is not trusted. */
const ENOUGH_ANSWERS = 4;
/** Tokens of an answer as a share of max_tokens while nothing was observed [ours]. */
const PRIOR_OUTPUT = { low: 0.05, mid: 0.3, high: 1 };
/** Prompt beside the document window: instructions, title, strategy, question. */
const PROMPT_CHARACTERS_PER_TOKEN = 4;

/**
 * What generating what is left would take, before anything is spent: requests, tokens, money, time, each with an
 * interval and where it comes from. After a preview the observed answers of each stage take the place of priors.
 */
export async function estimateGeneration(input: EstimateInput): Promise<Estimate> {
  const { project, params, runs } = input;
  const { registry } = await loadRegistry();
  const generator = describeGenerator(project, registry);
  const documents = input.corpus.documents.filter(({ id }) => matchesAny(params.documents, id));
  const methods = methodsFor(generator.profile).filter(
    ({ id }) =>
      project.config.methods[id]?.enabled !== false && (params.methods.length === 0 || params.methods.includes(id)),
  );
  const log = await CompletionLog.open(project.paths.completions);
  const requests = await RequestStore.open(project.paths.requests);
  const expected = documents.reduce((sum, document) => sum + plannedFor(project, methods, document), 0);
  const synthesis = await openSynthesis({
    project,
    profile: generator.profile,
    toy: generator.toy,
    model: generator.model ?? '',
    corpus: input.corpus,
    tokens: { count: () => 0 },
    log,
    requests,
    rejectedQuestions: new Set(),
    plan: { writable: false },
  });
  const plan = synthesis.ok ? synthesis.synthesis.plan : undefined;
  const observed = await observePlan(log, requests, generator.model === undefined ? undefined : plan, {
    model: generator.model,
    documents: documents.map(({ id }) => id),
    planned: expected,
    signal: input.signal,
  }).catch(async (error: unknown) => {
    await plan?.close();
    await Promise.all([log.close(), requests.close()]);
    throw error;
  });
  const prompts = synthesis.ok ? synthesis.synthesis.prompts : new Map<string, { params: { max_tokens: number } }>();
  const maxTokens = (method: Method): number =>
    Math.max(...Object.keys(method.prompts).map((name) => prompts.get(name)?.params.max_tokens ?? 0));
  await plan?.close();
  await Promise.all([log.close(), requests.close()]);

  const notes: string[] = [];
  if (!synthesis.ok) notes.push(`Generation would be refused: ${synthesis.message}`);
  if (!observed.exact)
    notes.push('Answers were counted over a part of the record only: what is left is a rough figure.');
  if (generator.toy) {
    notes.push(
      'The generator is a very small model: samples show how the product works and are not worth training on.',
    );
  }
  const counted = new Set<Method['stages'][number]>();
  const stages: StageEstimate[] = [];
  for (const method of methods) {
    for (const stage of method.stages) {
      // The same requests in two methods (learning strategies) are paid once.
      if (counted.has(stage)) continue;
      counted.add(stage);
      const options = methodOptions(project.config, method);
      const planned = documents.reduce(
        (sum, { windows, tokens, characters }) =>
          sum + (stage.count?.({ windows, tokens: tokens.tokens, characters }, options) ?? 0),
        0,
      );
      const perWindow = documents.length
        ? documents.reduce((sum, { tokens, windows }) => sum + tokens.tokens / windows, 0) / documents.length
        : 0;
      stages.push(
        estimateStage({
          method: method.id,
          planned,
          later: stage.needs !== undefined,
          seen: observed.stages.get(`${method.id}/${stage.id}`),
          maxTokens: maxTokens(method),
          promptTokens:
            (generator.profile === 'small' ? 150 : perWindow) +
            Math.max(...Object.values(method.prompts).map((prompt) => prompt.length), 0) / PROMPT_CHARACTERS_PER_TOKEN,
        }),
      );
    }
  }
  const all = limited(stages, params.limit);
  const sum = (pick: (stage: StageEstimate) => Interval): Interval => total(all.map(pick));
  const inputTokens = sum((stage) => stage.input);
  const outputTokens = sum((stage) => stage.output);
  const prices = generator.endpoints.map(({ price }) => price);
  const cost = costOf(prices, inputTokens, outputTokens);
  if (cost === null)
    notes.push('No price is known for an endpoint: add one to the endpoints file to see money and cap it.');
  const ceilingOutput = all.reduce((tokens, stage) => tokens + stage.ceiling, 0);
  const ceiling = costOf(prices, exactly(inputTokens.high), exactly(ceilingOutput));
  const seconds = timeOf(outputTokens, runs);
  if (seconds === null) notes.push('Time is estimated once a few samples were generated: preview first.');
  return {
    v: 1,
    planned: stages.reduce((count, stage) => count + stage.planned, 0),
    answered: stages.reduce((count, stage) => count + stage.answered, 0),
    requests: sum((stage) => stage.remaining),
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost,
    seconds,
    ceiling: { output_tokens: ceilingOutput, cost: ceiling?.high ?? null },
    by_method: methods.map(({ id }) => {
      const own = all.filter((stage) => stage.method === id);
      return {
        method: id,
        requests: total(own.map((stage) => stage.remaining)),
        output_tokens: total(own.map((stage) => stage.output)),
      };
    }),
    destinations: generator.endpoints.map(({ id, origin, local, consented }) => ({
      endpoint: id,
      origin: origin ?? 'this machine',
      local,
      consented,
      documents: documents.length,
      tokens: Math.round(inputTokens.mid),
    })),
    notes,
  };
}

function plannedFor(project: Project, methods: readonly Method[], document: CorpusDocument): number {
  const size = { windows: document.windows, tokens: document.tokens.tokens, characters: document.characters };
  return methods.reduce(
    (sum, method) =>
      sum +
      method.stages.reduce((of, stage) => of + (stage.count?.(size, methodOptions(project.config, method)) ?? 0), 0),
    0,
  );
}

function estimateStage(stage: {
  method: string;
  planned: number;
  later: boolean;
  seen: Observed | undefined;
  maxTokens: number;
  promptTokens: number;
}): StageEstimate {
  const { method, planned, later, seen, maxTokens, promptTokens } = stage;
  const answered = Math.min(planned, (seen?.answered ?? 0) + (seen?.failed ?? 0));
  const mid = planned - answered;
  const remaining: Interval = later
    ? {
        low: Math.floor(mid * (1 - LATER_STAGE_LOSS)),
        mid,
        high: mid,
        basis: 'later stage: fewer where a document gives no usable question or strategy',
      }
    : { low: mid, mid, high: mid, basis: 'planned minus answered' };
  const enough = seen !== undefined && seen.output.n >= ENOUGH_ANSWERS;
  const input = enough
    ? fromMean(remaining, seen.input.mean, seen.input.halfWidth, `${seen.input.n} answers of this stage`)
    : fromMean(remaining, promptTokens, promptTokens * 0.25, 'prompt texts, before any answer');
  const output = enough
    ? fromMean(remaining, seen.output.mean, seen.output.halfWidth, `${seen.output.n} answers of this stage`)
    : {
        low: remaining.low * maxTokens * PRIOR_OUTPUT.low,
        mid: remaining.mid * maxTokens * PRIOR_OUTPUT.mid,
        high: remaining.high * maxTokens * PRIOR_OUTPUT.high,
        basis: 'no answers yet: 5–100 % of max_tokens; preview to narrow it',
      };
  return { method, planned, answered, remaining, input, output, ceiling: remaining.high * maxTokens };
}

function fromMean(requests: Interval, mean: number, halfWidth: number, basis: string): Interval {
  return {
    low: requests.low * Math.max(0, mean - halfWidth),
    mid: requests.mid * mean,
    high: requests.high * (mean + halfWidth),
    basis,
  };
}

/** A limit takes requests in plan order: earlier stages first. */
function limited(stages: readonly StageEstimate[], limit: number | undefined): StageEstimate[] {
  if (limit === undefined) return [...stages];
  const whole = stages.reduce((sum, stage) => sum + stage.remaining.mid, 0);
  const share = whole === 0 ? 0 : Math.min(1, limit / whole);
  const scaled = ({ low, mid, high, basis }: Interval): Interval => ({
    low: low * share,
    mid: mid * share,
    high: high * share,
    basis,
  });
  return stages.map((stage) => ({
    ...stage,
    remaining: roundUp(scaled(stage.remaining)),
    input: scaled(stage.input),
    output: scaled(stage.output),
    ceiling: stage.ceiling * share,
  }));
}

const roundUp = (interval: Interval): Interval => ({
  ...interval,
  low: Math.floor(interval.low),
  mid: Math.round(interval.mid),
  high: Math.ceil(interval.high),
});

/** Stages are summed end to end, as if their errors went together: wider than independent errors, never too narrow. */
function total(parts: readonly Interval[]): Interval {
  const add = (pick: (part: Interval) => number) => Math.round(parts.reduce((sum, part) => sum + pick(part), 0));
  const bases = [...new Set(parts.filter(({ high }) => high > 0).map(({ basis }) => basis))];
  return {
    low: add(({ low }) => low),
    mid: add(({ mid }) => mid),
    high: add(({ high }) => high),
    basis: bases.join('; ') || 'nothing left',
  };
}

const exactly = (value: number): Interval => ({ low: value, mid: value, high: value, basis: '' });

function costOf(
  prices: readonly ({ input: number; output: number } | undefined)[],
  input: Interval,
  output: Interval,
): Interval | null {
  const known = prices.filter((price) => price !== undefined);
  if (known.length === 0 || known.length < prices.length) return null;
  const of = (tokensIn: number, tokensOut: number, pick: (...values: number[]) => number) =>
    pick(...known.map((price) => (tokensIn * price.input + tokensOut * price.output) / 1e6));
  const middle = (...values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    low: of(input.low, output.low, Math.min),
    mid: of(input.mid, output.mid, middle),
    high: of(input.high, output.high, Math.max),
    basis:
      known.length > 1 ? 'prices of the endpoints file, cheapest to dearest endpoint' : 'price of the endpoints file',
  };
}

/** Time from the pace of the newest run that wrote enough: output tokens a second, ± 40 % [ours]. */
function timeOf(output: Interval, runs: readonly JobStatus[]): Interval | null {
  for (const { kind, counts, started, updated, ended, run } of runs) {
    if (kind !== 'generate' || !counts || started === undefined) continue;
    const elapsed = (ended ?? updated) - started;
    const perSecond = counts.run_output_tokens !== undefined && elapsed > 0.5 ? counts.run_output_tokens / elapsed : 0;
    if (perSecond <= 0) continue;
    return {
      low: output.low / (perSecond * 1.4),
      mid: output.mid / perSecond,
      high: output.high / (perSecond * 0.6),
      basis: `pace of run ${run}: ${Math.round(perSecond)} output tokens a second, ± 40 %`,
    };
  }
  return null;
}
