import { z } from 'zod';
import { jsonRows, problemAt, schemaProblems } from './sourceProblems.ts';
import type { Adapter, ReadQuestion } from './types.ts';

const Row = z.looseObject({
  /** A string such as `financebench_id_03029`, whatever the README says. */
  financebench_id: z.union([z.string().min(1), z.number().transform(String)]),
  company: z.string().min(1),
  doc_name: z.string().min(1),
  question_type: z.string().nullish(),
  question_reasoning: z.string().nullish(),
  question: z.string().min(1),
  answer: z.union([z.string().min(1), z.number().transform(String)]),
  evidence: z
    .array(
      z.looseObject({
        evidence_text: z.string(),
        /** In the data; the README calls it `evidence_doc_name`. */
        doc_name: z.string().nullish(),
        evidence_doc_name: z.string().nullish(),
        /** 0-based. */
        evidence_page_num: z.number().int().min(0).nullish(),
      }),
    )
    .default([]),
});

/**
 * FinanceBench `financebench_open_source.jsonl`: free-form questions on filings, to be judged (recipe §6.1). Company and
 * period stand in the context line of every question, as 26 of the 150 do not name their company.
 */
export const financeBench: Adapter = (source, file) => {
  const { rows, problems } = jsonRows(source, file);
  const questions: ReadQuestion[] = [];
  const seen = new Set<string>();
  for (const { line, value } of rows) {
    const row = Row.safeParse(value);
    if (!row.success) {
      problems.push(...schemaProblems(file, line, row.error));
      continue;
    }
    const { financebench_id: id, company, doc_name: name, evidence } = row.data;
    if (seen.has(id)) {
      problems.push(problemAt(file, line, `Question id "${id}" stands twice.`, 'financebench_id'));
      continue;
    }
    seen.add(id);
    // Evidence of another filing cannot be placed in this one.
    const own = evidence.filter(({ doc_name, evidence_doc_name }) => (doc_name ?? evidence_doc_name ?? name) === name);
    questions.push({
      id,
      line,
      question: row.data.question.trim(),
      context: `${company}, ${periodOf(name)}.`,
      gold: row.data.answer.trim(),
      ...(row.data.question_type ? { type: row.data.question_type } : {}),
      document: { name },
      group: name,
      title: name,
      ...(own.length === 0
        ? {}
        : {
            evidence: own.map(({ evidence_text, evidence_page_num: page }) => ({
              text: evidence_text,
              ...(page === null || page === undefined ? {} : { page }),
            })),
          }),
    });
  }
  return { questions, problems };
};

const FORMS: readonly [RegExp, string][] = [
  [/_(\d{4})_10K/i, 'annual report (10-K) for fiscal year $1'],
  [/_(\d{4})Q([1-4])_10Q/i, 'quarterly report (10-Q) for Q$2 of fiscal year $1'],
  [/_(\d{4})Q([1-4])_EARNINGS/i, 'earnings release for Q$2 of fiscal year $1'],
  [/_(\d{4})_8K(?:_dated[-_](\d{4}-\d{2}-\d{2}))?/i, 'current report (8-K) of $2'],
  [/_(\d{4})_annualreport/i, 'annual report for fiscal year $1'],
];

/** `AMCOR_2023Q2_10Q` → "quarterly report (10-Q) for Q2 of fiscal year 2023"; a name of another form as it stands. */
function periodOf(name: string): string {
  for (const [form, words] of FORMS) {
    const found = form.exec(name);
    if (!found) continue;
    return words.replace(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? found[1] ?? '');
  }
  return name.replace(/_/g, ' ');
}
