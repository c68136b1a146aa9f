import { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';
import { jsonFile, LineFinder, problemAt, schemaProblems } from './sourceProblems.ts';
import type { Adapter, EvidenceHint, ReadQuestion } from './types.ts';

const LETTERS = ['answer_a', 'answer_b', 'answer_c', 'answer_d', 'answer_e'] as const;

const Question = z.looseObject({
  No: z.union([z.number(), z.string()]).optional(),
  question: z.string().min(1),
  answer_a: z.string(),
  answer_b: z.string(),
  answer_c: z.string(),
  answer_d: z.string(),
  answer_e: z.string(),
  /** The text of the right option, not its letter. */
  correct: z.string().min(1),
  /** Start and end of the passage as fractions of each text. */
  answer_location: z.record(z.string(), z.unknown()).nullish(),
});

/** Named fields only: whatever else a patient holds (the contamination canary under its misspelt key) is never read. */
const Patient = z.looseObject({
  texts: z.record(z.string(), z.string()).default({}),
  name: z.string().min(1),
  birthday: z.string().min(1),
  questions: z.array(z.unknown()).min(1),
});

/**
 * LongHealth `benchmark_v5.json`, task 1: five options (recipe §6.1). `correct` must be exactly one option's text. A
 * closed-book prompt carries patient id, name and birthday; the diagnosis, which could be the answer, stays out.
 */
export const longHealth: Adapter = (source, file) => {
  const parsed = jsonFile(source, file);
  if (!parsed.ok) return { questions: [], problems: parsed.problems };
  const patients = z.record(z.string(), z.unknown()).safeParse(parsed.value);
  if (!patients.success) return { questions: [], problems: schemaProblems(file, 1, patients.error) };
  const questions: ReadQuestion[] = [];
  const problems: ConfigProblem[] = [];
  const lines = new LineFinder(source);
  for (const [id, value] of Object.entries(patients.data)) {
    const line = lines.next(id);
    const patient = Patient.safeParse(value);
    if (!patient.success) {
      problems.push(
        ...schemaProblems(file, line, patient.error).map((each) => ({ ...each, key: `${id}.${each.key}` })),
      );
      continue;
    }
    const { name, birthday, texts } = patient.data;
    for (const [index, entry] of patient.data.questions.entries()) {
      const asked = Question.safeParse(entry);
      if (!asked.success) {
        const place = schemaProblems(file, line, asked.error);
        problems.push(...place.map((each) => ({ ...each, key: `${id}.questions.${index}.${each.key}` })));
        continue;
      }
      const at = lines.next(asked.data.question);
      const choices = LETTERS.map((letter) => asked.data[letter].trim());
      const right = choices.flatMap((choice, option) => (choice === asked.data.correct.trim() ? [option] : []));
      const [gold_choice] = right;
      if (gold_choice === undefined || right.length > 1) {
        const many = right.length === 0 ? 'none' : String(right.length);
        const message = `"correct" must be the text of exactly one of the five options; it is that of ${many}: "${asked.data.correct.slice(0, 80)}".`;
        problems.push(problemAt(file, at, message, `${id}.questions.${index}.correct`));
        continue;
      }
      const evidence = evidenceOf(asked.data.answer_location, texts);
      questions.push({
        id: `${id}-${asked.data.No ?? index}`,
        line: at,
        question: asked.data.question.trim(),
        context: `This is about the patient ${id.replace(/_/g, ' ')}: ${name.trim()}, born ${birthday.trim()}.`,
        choices,
        gold_choice,
        gold: choices[gold_choice] ?? '',
        document: { name: id, title: name.trim() },
        group: id,
        title: id,
        ...(evidence.length > 0 ? { evidence } : {}),
      });
    }
  }
  return { questions, problems };
};

const Fractions = z.looseObject({ start: z.unknown(), end: z.unknown() });

/** The passages that `answer_location` points to. One that points to nothing is left out: it is no part of the question. */
function evidenceOf(
  location: Record<string, unknown> | null | undefined,
  texts: Readonly<Record<string, string>>,
): EvidenceHint[] {
  const found: EvidenceHint[] = [];
  for (const [name, value] of Object.entries(location ?? {})) {
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
    const fractions = Fractions.safeParse(value);
    if (text === undefined || !fractions.success) continue;
    const starts = [fractions.data.start].flat();
    const ends = [fractions.data.end].flat();
    for (const [index, start] of starts.entries()) {
      const end = ends[index];
      if (typeof start !== 'number' || typeof end !== 'number' || !(start >= 0 && end > start && end <= 1)) continue;
      found.push({ text: text.slice(Math.floor(start * text.length), Math.ceil(end * text.length)) });
    }
  }
  return found;
}
