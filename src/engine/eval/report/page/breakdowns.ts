import { scoringLabel } from '../../../../contract/reportNames.ts';
import type { BreakdownBy, ResultsSummary } from '../../../../contract/results.ts';
import { breakdown } from '../breakdown.ts';
import type { Book } from '../evaluationBook.ts';
import { percent, range } from '../wording.ts';
import { html, type Markup } from './markup.ts';
import { cellLabel, cellsOf, headlines, splitLabel } from './names.ts';
import { table } from './tables.ts';

/** Rows of one table; the rest is in the panel and its CSV. */
const MOST_ROWS = 100;

/** The headline's cells by question type and by document. */
export function breakdowns(summary: ResultsSummary, book: Book, titles: ReadonlyMap<string, string>): Markup[] {
  return headlines(summary).flatMap((four) => {
    const cells = cellsOf(summary, four);
    const chosen = cells.flatMap(({ id }) => book.cells.find((one) => one.id === id) ?? []);
    if (chosen.length === 0) return [];
    const name = `${four.benchmark}${splitLabel(four.split)}, ${scoringLabel(four.scoring)}`;
    const one = (by: BreakdownBy, head: string): Markup | null => {
      const rows = breakdown(book, chosen, by);
      if (rows.length < 2) return null;
      const shown = rows
        .slice(0, MOST_ROWS)
        .map(
          (row) =>
            html`<tr><th scope="row">${by === 'document' ? (titles.get(row.name) ?? row.name) : row.name}</th>${row.cells.map(
              (cell) =>
                cell === null
                  ? html`<td class="muted">no answers</td>`
                  : cell.ci95 === null
                    ? html`<td class="sub">not enough: ${cell.not_enough ?? 'no interval'}</td>`
                    : html`<td>${percent(cell.accuracy)} <span class="sub">${range(cell.ci95)}; n = ${cell.questions}</span></td>`,
            )}</tr>`,
        );
      return html`${table(`${name} by ${head}`, [head, ...cells.map((cell) => cellLabel(summary, cell))], shown)}${
        rows.length > MOST_ROWS ? html`<p class="covers">${rows.length - MOST_ROWS} more are left out here.</p>` : null
      }`;
    };
    const [byType, byDocument] = [one('type', 'question type'), one('document', 'document')];
    return byType || byDocument ? [html`<h3>${name}</h3>${byType}${byDocument}`] : [];
  });
}
