import type { LabelledAnswer } from './labels.ts';
import { type JudgeValidation, judgeStands } from './validations.ts';

const LONGEST = 300;
const SHOWN = 50;

/** Agreement, κ with its interval, counts: one sentence each. Numbers with interval and n, as everywhere. */
export function validationSentences({
  model,
  n,
  agreement,
  kappa,
  kappa_ci95,
  table,
  unread = 0,
}: JudgeValidation): string[] {
  const interval = kappa_ci95
    ? ` (95 % ${kappa_ci95[0].toFixed(2)} to ${kappa_ci95[1].toFixed(2)}, bootstrap over questions)`
    : ' (too few questions for an interval)';
  const said = kappa === null ? 'not defined' : kappa.toFixed(2);
  return [
    `Judge ${model} against ${n} labelled answers: agreement ${(100 * agreement).toFixed(1)} %, Cohen's κ ${said}${interval}.`,
    `People right, judge right ${table[0]}; right, wrong ${table[1]}; wrong, right ${table[2]}; both wrong ${table[3]}.`,
    ...(unread > 0
      ? [`${unread} verdicts say neither yes nor no and count as wrong: this judge does not answer as asked.`]
      : []),
  ];
}

/** Whether the judge's numbers count, as a sentence. */
export function validationVerdict(validation: JudgeValidation, leastKappa: number): string {
  return judgeStands(validation, leastKappa).warning ?? 'The judge stands: its numbers count.';
}

/** What came of a validation as a document: the figures, the table, and answers on which judge and people differ. */
export function validationDocument(
  validation: JudgeValidation,
  leastKappa: number,
  disagreements: readonly (LabelledAnswer & { verdict: boolean })[],
): string {
  const [both, missed, invented, neither] = validation.table;
  const shown = disagreements.slice(0, SHOWN);
  const more = disagreements.length - shown.length;
  return [
    '# Judge and people',
    '',
    ...validationSentences(validation).slice(0, 1),
    '',
    `**${validationVerdict(validation, leastKappa)}**`,
    '',
    '| | judge: right | judge: wrong |',
    '| --- | ---: | ---: |',
    `| people: right | ${both} | ${missed} |`,
    `| people: wrong | ${invented} | ${neither} |`,
    '',
    ...validationSentences(validation)
      .slice(2)
      .flatMap((sentence) => [sentence, '']),
    `Labels: ${validation.labels.join(', ')}. What equals the gold after normalisation, and what is empty, was decided by rule, as in an evaluation. A refusal counts as wrong.`,
    '',
    `## Where they differ (${disagreements.length})`,
    '',
    ...(shown.length === 0 ? ['Nowhere.'] : []),
    ...shown.flatMap(({ question, gold, answer, label, verdict }) => [
      `- people **${label ? 'right' : 'wrong'}**, judge **${verdict ? 'right' : 'wrong'}**`,
      ...[
        ['question', question],
        ['gold', gold],
        ['answer', answer],
      ].map(([name, text]) => `  - ${name}: ${inert(text ?? '')}`),
    ]),
    ...(more > 0 ? ['', `and ${more} more.`] : []),
    '',
  ].join('\n');
}

/** A model's words as code: they are untrusted, and no link or picture of theirs is drawn. */
function inert(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replaceAll('`', "'");
  return line === '' ? '(empty)' : `\`${line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line}\``;
}
