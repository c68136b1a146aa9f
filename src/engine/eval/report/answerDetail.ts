import { z } from 'zod';
import { ChatCompletion } from '../../../contract/chat.ts';
import type { CompletionLine } from '../../../contract/completion.ts';
import { type EvaluatedQuestion, ScoreLine } from '../../../contract/evaluation.ts';
import type { AnswerDetail, ShownAnswer, ShownChunk } from '../../../contract/results.ts';
import type { Score } from './evaluatedRun.ts';
import type { Book } from './evaluationBook.ts';
import { lineAt } from './evaluationFile.ts';

/** Where the texts behind answers come from. Both give undefined for what they do not have. */
export interface AnswerSources {
  completion(request: string): Promise<CompletionLine | undefined>;
  document(id: string): Promise<{ title: string; text: string } | undefined>;
}

/** Everything behind one question in some cells; undefined: there is no such question. */
export async function answerDetail(
  book: Book,
  id: string,
  cellIds: readonly string[],
  sources: AnswerSources,
): Promise<AnswerDetail | undefined> {
  const question = book.questions.get(id);
  if (!question) return undefined;
  const documents = new Map<string, Promise<{ title: string; text: string } | undefined>>();
  const document = (name: string) => {
    const known = documents.get(name) ?? sources.document(name).catch(() => undefined);
    documents.set(name, known);
    return known;
  };
  const cells: AnswerDetail['cells'] = [];
  for (const cellId of cellIds) {
    const cell = book.cells.find((known) => known.id === cellId);
    const score = cell?.scores.get(id);
    if (!cell || !score) continue;
    const line = await scoreLine(score);
    cells.push({
      cell: cellId,
      answers: await Promise.all(line.outcomes.map((outcome) => shownAnswer(outcome, question, sources))),
      chunks: line.chunks ? await Promise.all(line.chunks.map((chunk) => shownChunk(chunk, question, document))) : null,
    });
  }
  const evidence = await Promise.all(
    (question.evidence ?? []).map(async ({ document: name, start, end }) => {
      const found = await document(name);
      return { document: name, title: found?.title ?? name, start, end, text: found?.text.slice(start, end) ?? null };
    }),
  );
  return { revision: book.revision, question, evidence, cells };
}

async function scoreLine({ place }: Score): Promise<ScoreLine> {
  return ScoreLine.parse(await lineAt(place.path, place));
}

async function shownAnswer(
  outcome: ScoreLine['outcomes'][number],
  question: EvaluatedQuestion,
  sources: AnswerSources,
): Promise<ShownAnswer> {
  const [written, judged] = await Promise.all([
    writtenText(outcome.request, sources),
    outcome.judge === undefined ? undefined : writtenText(outcome.judge, sources),
  ]);
  return {
    ...written,
    request: outcome.request,
    correct: outcome.correct === 1,
    parsed: outcome.parsed,
    answer: answerText(outcome, question),
    ...(judged && outcome.judge !== undefined ? { judge: { ...judged, request: outcome.judge } } : {}),
  };
}

function answerText({ choice, answer }: ScoreLine['outcomes'][number], { choices }: EvaluatedQuestion): string | null {
  if (choice === undefined) return answer ?? null;
  return `${String.fromCharCode(65 + choice)}. ${choices?.[choice] ?? answer ?? ''}`;
}

type Written = Omit<ShownAnswer, 'request' | 'correct' | 'parsed' | 'answer' | 'judge'>;

/** Likelihoods of a choice, as the worker answers them (`/v1/smt/score`). */
const Scored = z.object({ choices: z.array(z.object({ sum: z.number(), tokens: z.number() })) });
const Completed = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: z.string().nullish() })).min(1),
});

async function writtenText(request: string, sources: AnswerSources): Promise<Written> {
  const line = await sources.completion(request).catch(() => undefined);
  if (!line) return { raw: null, finish_reason: null };
  if (line.error) return { raw: null, finish_reason: null, error: line.error.message };
  const body = line.response?.body;
  const chat = ChatCompletion.safeParse(body);
  const [choice] = chat.success ? chat.data.choices : [];
  if (choice?.message) {
    const reasoning = choice.message.reasoning_content ?? choice.message.reasoning;
    return {
      raw: choice.message.content ?? '',
      finish_reason: choice.finish_reason ?? null,
      ...(reasoning ? { reasoning } : {}),
    };
  }
  const completed = Completed.safeParse(body);
  if (completed.success) {
    const [only] = completed.data.choices;
    return { raw: only?.text ?? '', finish_reason: only?.finish_reason ?? null };
  }
  const scored = Scored.safeParse(body);
  const likelihoods = scored.success
    ? scored.data.choices.map(
        ({ sum, tokens }, at) => `${String.fromCharCode(65 + at)}: ${sum.toFixed(3)} over ${tokens} tokens`,
      )
    : [JSON.stringify(body)];
  return { raw: likelihoods.join('\n'), finish_reason: null };
}

/** A chunk's id says where it stands: `<document>:<start>-<end>`. */
async function shownChunk(
  id: string,
  { evidence = [] }: EvaluatedQuestion,
  document: (name: string) => Promise<{ title: string; text: string } | undefined>,
): Promise<ShownChunk> {
  const [, name = id, from = '0', to = '0'] = /^(.*):(\d+)-(\d+)$/s.exec(id) ?? [];
  const [start, end] = [Number(from), Number(to)];
  const found = await document(name);
  const overlaps = evidence
    .filter((gold) => gold.document === name && gold.start < end && gold.end > start)
    .map((gold): [number, number] => [Math.max(0, gold.start - start), Math.min(end, gold.end) - start]);
  return {
    id,
    document: name,
    title: found?.title ?? name,
    start,
    end,
    text: found && end <= found.text.length ? found.text.slice(start, end) : null,
    evidence: overlaps.toSorted(([a], [b]) => a - b),
  };
}
