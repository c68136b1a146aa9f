import { html, nothing, type TemplateResult } from 'lit';
import { Footnotes } from '../../../src/contract/footnotes.ts';
import type { ResultCell } from '../../../src/contract/results.ts';
import { count, interval, percent } from '../state/wording.ts';
import { footnoteLines, railPlot } from './tables.ts';

export interface CellRow {
  label: string | TemplateResult;
  /** Undefined: not evaluated, and `missing` says so. */
  cell: ResultCell | undefined;
  missing?: string;
}

/**
 * A table of cells, a row each, with the notes below it: those of all cells first and without a mark.
 * @param level accuracy at which the rails have a dashed line, and what it is called
 */
export function cellTable(
  caption: TemplateResult,
  rows: readonly CellRow[],
  level?: { value: number; name: string },
): TemplateResult {
  const footnotes = new Footnotes(rows.flatMap(({ cell }) => (cell ? [cell.notes] : [])));
  return html`<div class="scroll">
      <table>
        ${caption}
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col" class="figure">Accuracy</th>
            <th scope="col" class="figure">95 % over documents</th>
            <th scope="col" class="figure">decoding</th>
            <th scope="col" class="figure">n</th>
            <th scope="col" class="figure">parsed</th>
            <th scope="col">0 – 100 %${level ? `, dashed: ${level.name}` : ''}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => cellRow(row, level?.value, footnotes))}
        </tbody>
      </table>
    </div>
    ${footnoteLines(footnotes)}`;
}

function cellRow(
  { label, cell, missing = 'not evaluated yet' }: CellRow,
  level: number | undefined,
  footnotes: Footnotes,
): TemplateResult {
  if (!cell) {
    return html`<tr>
      <th scope="row">${label}</th>
      <td colspan="6" class="muted">${missing}</td>
    </tr>`;
  }
  const asked =
    cell.questions < cell.questions_total
      ? `${count(cell.questions)} of ${count(cell.questions_total)}`
      : count(cell.questions);
  return html`<tr>
    <th scope="row">
      ${label}${footnotes.after(...(cell.notes ?? []))}${cell.live ? html` <span class="badge">running</span>` : nothing}${cell.toy ? html` <span class="badge">toy model</span>` : nothing}
      ${cell.judge && !cell.judge.validated ? html` <span class="badge">judge not validated</span>` : nothing}
    </th>
    <td class="figure"><strong>${percent(cell.accuracy)}</strong></td>
    <td class="figure">
      ${cell.ci95 ? interval(cell.ci95) : html`<span class="sub">not enough: ${cell.not_enough}</span>`}${footnotes.after(cell.ci95_note)}
    </td>
    <td class="figure sub">${cell.ci95_decoding ? interval(cell.ci95_decoding) : '–'}</td>
    <td class="figure">${asked} × ${Number(cell.n.toFixed(1))}</td>
    <td class="figure">${percent(cell.parse_rate)}</td>
    <td class="drawn">
      ${railPlot({ value: cell.accuracy, ci95: cell.ci95, trained: cell.model !== 'base' }, { from: 0, to: 1, ...(level === undefined ? {} : { level }) })}
    </td>
  </tr>`;
}
