import type { BenchmarkQuestion } from '../../../contract/benchmark.ts';
import type { CompletionLine } from '../../../contract/completion.ts';
import { contentHash } from '../../contentHash.ts';
import type { OpenedCorpus } from '../../corpus/index.ts';
import { methodOptions, type Project } from '../../project/index.ts';
import {
  gate,
  LeakGate,
  loadPrompts,
  methodsFor,
  normalised,
  type Profile,
  readPromptOverrides,
} from '../../synth/index.ts';
import type { Draft, Method, MethodDocument } from '../../synth/types.ts';
import { AnswerRequest } from '../answer/answerRequest.ts';
import { projectBenchmarkQuestions } from '../benchmarkQuestions.ts';

/** A request of the question method, asked for a benchmark instead of for training. */
export interface DraftRequest {
  request: AnswerRequest;
  parse(line: CompletionLine): { question: string; answer: string }[];
  document: string;
}

/** A short answer has at most this many words: longer ones are explanations, which nothing can compare. */
const MOST_ANSWER_WORDS = 12;
/** Candidates that are asked for beyond what is wanted: some are empty, doubled or too long. */
const SPARE = 1.6;

/**
 * Requests for about `wanted` candidate questions, spread over all documents: the profile's own question method with its
 * own prompts. Evaluation questions that exist take no part: the method sees the document only.
 */
export async function planDraft(
  project: Project,
  corpus: OpenedCorpus,
  model: { profile: Profile; model: string; engine: string },
  wanted: number,
): Promise<{ ok: true; requests: DraftRequest[] } | { ok: false; message: string }> {
  const method = methodsFor(model.profile).find(({ id }) => id === 'qa');
  const [stage] = method?.stages ?? [];
  if (!method || !stage) return { ok: false, message: 'The profile has no question method.' };
  const read = await readPromptOverrides(project.paths.prompts, true);
  const prompts = loadPrompts(methodsFor(model.profile), read.overrides);
  if (!prompts.ok)
    return { ok: false, message: prompts.problems.map(({ file, message }) => `${file}: ${message}`).join('\n') };
  const options = methodOptions(project.config, method);
  const perRequest = questionsPerRequest(options);
  const perDocument = Math.ceil((wanted * SPARE) / perRequest / Math.max(1, corpus.documents.length));
  const requests: DraftRequest[] = [];
  for (const { id, title, metadata } of corpus.documents) {
    const text = await corpus.text(id);
    const windows = (await corpus.windows(id)).map((window) => ({
      ...window,
      text: text.slice(window.start, window.end),
    }));
    const document: MethodDocument = { id, title, metadata, windows };
    let taken = 0;
    for (const draft of stage.plan({ document, options, strategies: [], questions: [], draws: [] })) {
      if (taken >= perDocument) break;
      taken += 1;
      const template = prompts.prompts.get(draft.template);
      if (!template) return { ok: false, message: `There is no prompt "${draft.template}".` };
      const request = new AnswerRequest({
        stage: 'draft',
        form: 'chat',
        template,
        inputs: draft.inputs,
        params: template.params,
        model: model.model,
        engine: model.engine,
        replica: draft.replica,
        question: '',
        document: id,
      });
      requests.push({ request, document: id, parse: (line) => candidates(line, stage, draft, document, options) });
    }
  }
  return { ok: true, requests };
}

function candidates(
  line: CompletionLine,
  stage: Method['stages'][number],
  draft: Draft,
  document: MethodDocument,
  options: unknown,
): { question: string; answer: string }[] {
  const gated = gate(line);
  if (gated.kind === 'rejected') return [];
  return stage.parse(gated.content, draft, { document, options, truncated: gated.truncated }).flatMap((parsed) => {
    if (parsed.kind !== 'qa') return [];
    // The small profile's answer is a sentence; the span that a rule picked in it is the short answer.
    const answer = (draft.inputs.answer ?? parsed.answer).trim();
    return [{ question: parsed.question.trim(), answer }];
  });
}

/** Questions of the benchmark: no doubles, none that is asked already, short answers, one document after the other. */
export async function chooseQuestions(
  project: Project,
  found: readonly { document: string; question: string; answer: string }[],
  wanted: number,
): Promise<{ questions: BenchmarkQuestion[]; dropped: number }> {
  const leak = new LeakGate((await projectBenchmarkQuestions(project)).questions);
  const seen = new Set<string>();
  const byDocument = new Map<string, BenchmarkQuestion[]>();
  for (const { document, question, answer } of found) {
    const key = normalised(question);
    const words = answer.split(/\s+/).length;
    if (key === '' || answer === '' || words > MOST_ANSWER_WORDS || seen.has(key)) continue;
    if (leak.question(question).kind === 'leak') continue;
    seen.add(key);
    const list = byDocument.get(document) ?? [];
    list.push({ id: contentHash(`${document}\u0000${key}`).slice(0, 10), question, answer, document });
    byDocument.set(document, list);
  }
  const questions: BenchmarkQuestion[] = [];
  for (let round = 0; questions.length < wanted; round++) {
    const next = [...byDocument.values()].flatMap((list) => list[round] ?? []);
    if (next.length === 0) break;
    questions.push(...next.slice(0, wanted - questions.length));
  }
  const order = new Map([...byDocument.keys()].map((document, index) => [document, index]));
  questions.sort((a, b) => (order.get(a.document ?? '') ?? 0) - (order.get(b.document ?? '') ?? 0));
  return { questions, dropped: found.length - seen.size };
}

function questionsPerRequest(options: unknown): number {
  if (typeof options !== 'object' || options === null || !('questions_per_call' in options)) return 1;
  return typeof options.questions_per_call === 'number' ? options.questions_per_call : 1;
}
