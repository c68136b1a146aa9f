import { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';
import { jsonRows, problemAt, schemaProblems } from './sourceProblems.ts';
import type { Adapter, ReadQuestion } from './types.ts';

/** Documented as a string, found as a number; copies leave metadata out. */
const Text = z.union([z.string(), z.number().transform(String)]).nullish();

const Row = z.looseObject({
  article_id: z.union([z.string().min(1), z.number().transform(String)]),
  set_unique_id: Text,
  title: Text,
  author: Text,
  year: Text,
  article: z.string().optional(),
  questions: z
    .array(
      z.looseObject({
        question: z.string().min(1),
        options: z.array(z.string().trim().min(1)).length(4),
        /** 1-indexed. The test split has none. */
        gold_label: z.number().int().min(1).max(4).optional(),
        question_unique_id: z.string().optional(),
        difficult: z.union([z.number(), z.boolean()]).nullish(),
      }),
    )
    .min(1),
});

/**
 * QuALITY v1.0.1, `htmlstripped` JSONL (recipe §6.1): a line is one writer's questions on an article, so an article has
 * several lines, merged by `article_id`.
 */
export const quality: Adapter = (source, file) => {
  const { rows, problems } = jsonRows(source, file);
  const questions: ReadQuestion[] = [];
  const seen = new Set<string>();
  for (const { line, value } of rows) {
    const row = Row.safeParse(value);
    if (!row.success) {
      problems.push(...schemaProblems(file, line, row.error));
      continue;
    }
    const { article_id: article, title, author, year } = row.data;
    for (const [index, asked] of row.data.questions.entries()) {
      if (asked.gold_label === undefined) {
        problems.push(unlabelled(file, line, index));
        break;
      }
      const id = asked.question_unique_id ?? `${row.data.set_unique_id ?? article}_${index + 1}`;
      if (seen.has(id)) {
        problems.push(problemAt(file, line, `Question id "${id}" stands twice.`, `questions.${index}`));
        continue;
      }
      seen.add(id);
      const gold_choice = asked.gold_label - 1;
      questions.push({
        id,
        line,
        question: asked.question.trim(),
        context: contextOf(title?.trim() || `Article ${article}`, author?.trim(), year?.trim()),
        choices: asked.options,
        gold_choice,
        gold: asked.options[gold_choice] ?? '',
        ...(asked.difficult === undefined || asked.difficult === null
          ? {}
          : { type: Number(asked.difficult) === 1 ? 'hard' : 'easy' }),
        document: { name: article, ...(title ? { title } : {}) },
        group: article,
        title: title?.trim() || article,
      });
    }
  }
  return { questions, problems };
};

function unlabelled(file: string, line: number, index: number): ConfigProblem {
  const message =
    'No gold_label: the test split of QuALITY has no labels. Use the train and dev files (gold_label is 1 to 4).';
  return problemAt(file, line, message, `questions.${index}.gold_label`);
}

/** `Last, First` is turned round; the year stands in brackets. */
function contextOf(title: string, author?: string, year?: string): string {
  const parts = author?.split(',').map((part) => part.trim()) ?? [];
  const name = parts.length === 2 ? `${parts[1]} ${parts[0]}` : author;
  return `In the context of "${title}"${name ? ` by ${name}` : ''}${year ? ` (${year})` : ''}:`;
}
