import type { Sample } from '../../contract/sample.ts';

/**
 * What the student is trained on, as plain text: title line, question, explanation, answer; or title line and document
 * (recipe §3.1, §3.6: reconstruction, the paper's rendering is unknown). The source document is never part of it.
 */
export function trainingText(
  sample: Pick<Sample, 'kind' | 'question' | 'explanation' | 'answer' | 'text'>,
  title: string,
): string {
  const body =
    sample.kind === 'document'
      ? [sample.text]
      : [
          sample.question === undefined ? undefined : `Question: ${sample.question}`,
          sample.explanation,
          sample.answer === undefined ? undefined : `Answer: ${sample.answer}`,
        ];
  const parts = body.map((part) => part?.trim()).filter((part) => part !== undefined && part !== '');
  if (parts.length === 0) return '';
  return [title.trim(), ...parts].filter((part) => part !== '').join('\n');
}
