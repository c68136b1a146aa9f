import { promptOrder } from '../../../../contract/evaluation.ts';
import type { AnswerDetail, FourCells, PairOutcome, ResultsSummary } from '../../../../contract/results.ts';
import { type AnswerSources, answerDetail } from '../answerDetail.ts';
import { answerPage } from '../answerRows.ts';
import type { Book } from '../evaluationBook.ts';
import { html, type Markup } from './markup.ts';
import { cellLabel, headlines } from './names.ts';

/** A page with more is no report any more. */
export const MOST_ANSWERS = 50;
const RAW_LENGTH = 900;
const EVIDENCE_LENGTH = 700;

/** Questions with their answers, as many as asked for, and how they were chosen. */
export interface SampledAnswers {
  readonly chosen: string;
  readonly details: readonly AnswerDetail[];
}

/**
 * Some answers of the headline: those where training and retrieval disagree first, both ways in turn, then the others, each in
 * the order of the benchmark's file. Nothing is chosen by how it looks.
 */
export async function sampledAnswers(
  book: Book,
  summary: ResultsSummary,
  most: number,
  sources: AnswerSources,
): Promise<SampledAnswers> {
  const [four] = headlines(summary);
  if (!four || most <= 0) return { chosen: '', details: [] };
  const cells = [four.base_closed_book, four.base_rag, four.trained_closed_book, four.trained_rag].filter(
    (id) => id !== null,
  );
  const { ids, chosen } = chooseQuestions(book, four, cells, Math.min(most, MOST_ANSWERS));
  const details: AnswerDetail[] = [];
  for (const id of ids) {
    const detail = await answerDetail(book, id, cells, sources);
    if (detail) details.push(detail);
  }
  return { chosen, details };
}

function chooseQuestions(book: Book, four: FourCells, cells: readonly string[], most: number) {
  const first = four.trained_closed_book ?? cells[0];
  const second = [four.base_rag, ...cells].find((id) => id !== null && id !== first) ?? undefined;
  const one = first === undefined ? {} : { first };
  const of = (outcomes?: PairOutcome[]) =>
    answerPage(
      book,
      { ...one, ...(second && outcomes ? { second, outcomes } : {}), benchmark: four.benchmark },
      0,
      most,
    ).rows.map(({ id }) => id);
  if (!second) return { ids: of(), chosen: 'the first of the benchmark' };
  const [gained, lost] = [of(['right_wrong']), of(['wrong_right'])];
  const turns = Array.from({ length: most }, (_, at) => [gained[at], lost[at]])
    .flat()
    .filter((id) => id !== undefined);
  return {
    ids: [...new Set([...turns, ...of(['right_right', 'wrong_wrong'])])].slice(0, most),
    chosen:
      'those first in which the trained model closed-book and base + RAG disagree, both ways in turn, then the first of the others',
  };
}

/** The answers, each with what was right; or the sentence that there are none. */
export function answersSection(summary: ResultsSummary, { chosen, details }: SampledAnswers): Markup {
  if (details.length === 0)
    return html`<p>No answer is in this file: answers quote questions and documents. “smt report --html FILE --answers N” puts N questions with their answers in.</p>`;
  return html`<p>${details.length} of ${summary.questions} questions: ${chosen}. Of each cell the first answer is shown, cut to ${RAW_LENGTH} characters; passages that were retrieved are left out. Single answers prove nothing.</p>${details.map(
    (detail) => question(summary, detail),
  )}`;
}

function question(summary: ResultsSummary, { question: asked, evidence, cells }: AnswerDetail): Markup {
  const order = promptOrder(asked);
  const letter = (at: number) => String.fromCharCode(65 + at);
  const [passage] = evidence.flatMap(({ text, title }) => (text === null ? [] : [{ text, title }]));
  return html`<article><h3>${asked.question}</h3>${
    asked.choices
      ? html`<ul>${asked.choices.map((choice, at) => html`<li>${letter(at)}. ${choice}${at === asked.gold_choice ? html` <span class="right">✓ right</span>` : null}</li>`)}</ul>`
      : html`<p>Right: ${asked.gold}</p>`
  }${order === undefined ? null : html`<p class="sub">${order}</p>`}${passage ? html`<p class="sub">Where it stands: ${passage.title}</p><pre>${cut(passage.text, EVIDENCE_LENGTH)}</pre>` : null}${cells.map(
    ({ cell: id, answers }) => {
      const cell = summary.cells.find((one) => one.id === id);
      const [first] = answers;
      if (!cell || !first) return null;
      const right = answers.filter(({ correct }) => correct).length;
      return html`<p><strong>${cellLabel(summary, cell)}</strong>: ${right} of ${answers.length} answers right; the first ${
        first.correct ? html`<span class="right">✓ right</span>` : html`<span class="wrong">✗ wrong</span>`
      }, ${first.answer === null ? 'not parsed' : html`read as “${cut(first.answer, 200)}”${first.judge && !first.parsed ? '; the judge said neither yes nor no, which counts as wrong' : null}`}</p>${
        first.raw === null
          ? html`<p class="sub">${first.error ?? 'Its text is not in the log any more.'}</p>`
          : html`<pre>${cut(first.raw, RAW_LENGTH)}</pre>`
      }`;
    },
  )}</article>`;
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)} …`);
