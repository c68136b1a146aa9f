import type { Corpus } from '../corpus/index.ts';
import { projectBenchmarkQuestions } from '../eval/benchmarkQuestions.ts';
import type { CompletionLog, RequestStore } from '../llm/index.ts';
import { formatProblems, methodOptions, type Project } from '../project/index.ts';
import type { CountsTokens } from '../synth/derive/samplesOf.ts';
import {
  type BenchmarkQuestion,
  Deriver,
  GenerationPlan,
  type GenerationPlanOptions,
  LeakGate,
  loadPrompts,
  methodsFor,
  type PlannedMethod,
  type Profile,
  type Prompts,
  readPromptOverrides,
} from '../synth/index.ts';

/** Plan and deriver of a project over its log. Close the plan when done. */
export interface Synthesis {
  plan: GenerationPlan;
  deriver: Deriver;
  gate: LeakGate;
  /** The gate's questions, and the options of each method in registry order: what another thread makes the same of. */
  questions: readonly BenchmarkQuestion[];
  options: unknown[];
  prompts: Prompts;
}

export type SynthesisResult = { ok: true; synthesis: Synthesis } | { ok: false; message: string };

export interface SynthesisInput {
  project: Project;
  profile: Profile;
  toy: boolean;
  model: string;
  corpus: Pick<Corpus, 'documents' | 'text' | 'windows'>;
  tokens: CountsTokens;
  log: CompletionLog;
  requests: RequestStore;
  rejectedQuestions: ReadonlySet<string>;
  plan: Pick<
    GenerationPlanOptions,
    'writable' | 'only' | 'documents' | 'limit' | 'preview' | 'additionsOnly' | 'retryFailed'
  >;
}

/**
 * Puts prompts, evaluation gate, plan and deriver together. A prompt override or a benchmark file that cannot be read
 * is a refusal with its place: prompts nobody wrote, or questions the gate does not know, must not be paid for.
 */
export async function openSynthesis(input: SynthesisInput): Promise<SynthesisResult> {
  const { project, profile, log, requests, corpus, tokens, toy, model } = input;
  const methods = methodsFor(profile);
  // A job is started by a person from a trusted window or a terminal: prompts of the folder are theirs.
  const read = await readPromptOverrides(project.paths.prompts, true);
  const retired = retiredMethods(profile);
  // A prompt of the other profile is no mistake: the project may name another generator tomorrow.
  const unused = retired.ok ? retired.prompts : new Map();
  const own = new Set(methods.flatMap((method) => Object.keys(method.prompts)));
  const prompts = loadPrompts(
    methods,
    read.overrides.filter(({ name }) => own.has(name) || !unused.has(name)),
  );
  const benchmarks = await projectBenchmarkQuestions(project);
  const problems = [...read.problems, ...(prompts.ok ? [] : prompts.problems), ...benchmarks.problems];
  if (problems.length > 0 || !prompts.ok) return { ok: false, message: formatProblems(problems) };
  const gate = new LeakGate(benchmarks.questions);
  const options = methods.map((method) => methodOptions(project.config, method));
  const plan = await GenerationPlan.open({
    corpus,
    methods: methods.map((method, index) => ({
      method,
      options: options[index],
      enabled: project.config.methods[method.id]?.enabled !== false,
    })),
    prompts: prompts.prompts,
    model,
    seed: project.config.seed,
    log,
    gate,
    planFolder: project.paths.plan,
    requests,
    rejectedQuestions: input.rejectedQuestions,
    ...(retired.ok ? { retired } : {}),
    ...input.plan,
  });
  const deriver = new Deriver({
    gate,
    tokens,
    toy,
    log,
    requestsOf: (document) => plan.requestsOf(document),
    fresh: log.size === 0,
  });
  return {
    ok: true,
    synthesis: { plan, deriver, gate, questions: benchmarks.questions, options, prompts: prompts.prompts },
  };
}

/** The other profile's methods as they come, for answers that an earlier generator of the project gave. */
function retiredMethods(profile: Profile) {
  const other: Profile = profile === 'small' ? 'standard' : 'small';
  const methods = methodsFor(other);
  const planned = methods.map((method, index): PlannedMethod => {
    return { method, options: method.options.parse({}), index, toy: other === 'small' };
  });
  const loaded = loadPrompts(methods);
  return loaded.ok ? { ok: true as const, methods: planned, prompts: loaded.prompts } : { ok: false as const };
}
