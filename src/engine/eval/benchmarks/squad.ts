import { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';
import { contentHash } from '../../contentHash.ts';
import { jsonFile, LineFinder, problemAt, schemaProblems } from './sourceProblems.ts';
import type { Adapter, ReadQuestion } from './types.ts';

/** SQuAD v1: `{data: [{title, paragraphs: [{context, qas: [{id, question, answers: [{text}]}]}]}]}`. */
const Official = z.looseObject({
  data: z
    .array(
      z.looseObject({
        title: z.string(),
        paragraphs: z.array(
          z.looseObject({
            context: z.string().min(1),
            qas: z.array(
              z.looseObject({
                id: z.string().optional(),
                question: z.string().min(1),
                answers: z.array(z.looseObject({ text: z.string().min(1), answer_start: z.number().int().optional() })),
                is_impossible: z.boolean().optional(),
              }),
            ),
          }),
        ),
      }),
    )
    .min(1),
});

/** The selection that SPA and SEAL publish: `[{title, context, questions: [{question, answer}]}]`. */
const Passages = z
  .array(
    z.looseObject({
      title: z.string().default(''),
      context: z.string().min(1),
      questions: z.array(
        z.looseObject({
          id: z.string().optional(),
          question: z.string().min(1),
          answer: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
        }),
      ),
    }),
  )
  .min(1);

interface Asked {
  title: string;
  passage: string;
  id: string | undefined;
  question: string;
  answers: string[];
}

/** Short answers to paragraphs, in SQuAD v1's file format or as a plain list of passages. */
export const squad: Adapter = (source, file) => {
  const parsed = jsonFile(source, file);
  if (!parsed.ok) return { questions: [], problems: parsed.problems };
  const problems: ConfigProblem[] = [];
  const read = Array.isArray(parsed.value) ? fromPassages(parsed.value) : fromOfficial(parsed.value);
  if (read.error) return { questions: [], problems: schemaProblems(file, 1, read.error) };
  const lines = new LineFinder(source);
  const questions: ReadQuestion[] = [];
  const seen = new Set<string>();
  for (const { title, passage, id, question, answers } of read.asked) {
    const line = lines.next(question);
    const [gold] = answers;
    if (gold === undefined) {
      problems.push(
        problemAt(file, line, `No answer: unanswerable questions (SQuAD v2) are not asked here.`, 'answers'),
      );
      continue;
    }
    const group = contentHash(passage).slice(0, 12);
    const made = `${group}-${contentHash(question).slice(0, 8)}`;
    // A file without ids may ask the same twice: each is a question of its own.
    const own = id ?? (seen.has(made) ? `${made}-${seen.size}` : made);
    if (seen.has(own)) {
      problems.push(problemAt(file, line, `Question id "${own}" stands twice.`, 'id'));
      continue;
    }
    seen.add(own);
    const accept = [...new Set(answers.slice(1))].filter((answer) => answer !== gold);
    questions.push({
      id: own,
      line,
      question: question.trim(),
      ...(title ? { context: `About "${title.replace(/_/g, ' ')}":`, title } : { title: group }),
      gold,
      ...(accept.length > 0 ? { accept } : {}),
      document: { text: passage },
      group,
      evidence: [{ text: sentenceWith(passage, gold) }],
    });
  }
  return { questions, problems };
};

type Read = { asked: Asked[]; error?: z.ZodError };

function fromPassages(value: unknown): Read {
  const parsed = Passages.safeParse(value);
  if (!parsed.success) return { asked: [], error: parsed.error };
  return {
    asked: parsed.data.flatMap(({ title, context, questions }) =>
      questions.map(({ id, question, answer }) => ({
        title,
        passage: context,
        id,
        question,
        answers: [answer].flat(),
      })),
    ),
  };
}

function fromOfficial(value: unknown): Read {
  const parsed = Official.safeParse(value);
  if (!parsed.success) return { asked: [], error: parsed.error };
  return {
    asked: parsed.data.data.flatMap(({ title, paragraphs }) =>
      paragraphs.flatMap(({ context, qas }) =>
        qas.map(({ id, question, answers }) => ({
          title,
          passage: context,
          id,
          question,
          answers: answers.map(({ text }) => text),
        })),
      ),
    ),
  };
}

/** The sentence of a passage that holds the answer; the whole passage where the words are not found. */
function sentenceWith(passage: string, answer: string): string {
  const at = passage.indexOf(answer);
  if (at < 0) return passage;
  const before = passage.slice(0, at).search(/[.!?]\s+[^.!?]*$/);
  const after = passage.slice(at + answer.length).search(/[.!?](\s|$)/);
  const start = before < 0 ? 0 : before + 2;
  return passage.slice(start, after < 0 ? passage.length : at + answer.length + after + 1).trim();
}
