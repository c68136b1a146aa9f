import { css, html, type TemplateResult } from 'lit';
import { measuredQuestions, mrrText, type RetrievalQuality } from '../../../src/contract/retrieval.ts';
import { percent } from '../../samples/state/wording.ts';

export const qualityStyles = css`
  .quality {
    padding: 6px 12px 8px;
    overflow-x: auto;
    border-bottom: 1px solid var(--line);
  }
  .quality .scrolled {
    max-height: 40vh;
    overflow: auto;
  }
  .quality table {
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  .quality caption {
    padding-bottom: 4px;
    color: var(--muted);
    text-align: start;
  }
  .quality th,
  .quality td {
    padding: 2px 14px 2px 0;
    font-weight: normal;
    text-align: start;
    white-space: nowrap;
  }
  .quality thead th {
    color: var(--muted);
  }
`;

/** Recall and MRR on questions whose evidence is known, with intervals over documents. */
export function qualityTable(rows: readonly RetrievalQuality[]): TemplateResult {
  const [first] = rows;
  if (!first)
    return html`<div class="quality">
      No question of a benchmark has evidence that was found in these documents, so there is nothing to measure against.
      FinanceBench and SQuAD bring evidence; your own questions do where they name their document.
    </div>`;
  const cutoffs = Object.keys(first.recall);
  return html`<div class="quality" tabindex="0" role="region" aria-label="Quality of the first setting">
    <table>
      <caption>
        Share of known evidence among the first k passages of the first setting, with 95 % intervals over documents
      </caption>
      <thead>
        <tr>
          <th scope="col">Benchmark</th>
          <th scope="col">Questions</th>
          ${cutoffs.map((k) => html`<th scope="col">recall@${k}</th>`)}
          <th scope="col">MRR</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr>
            <th scope="row">${row.benchmark}</th>
            <td>${measuredQuestions(row)}</td>
            ${cutoffs.map((k) => html`<td>${shareOf(row.recall[k])}</td>`)}
            <td>${mrrText(row)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function shareOf(recall: RetrievalQuality['recall'][string] | undefined): string {
  if (!recall) return '–';
  const { value, ci95 } = recall;
  return ci95
    ? `${percent(value)} (${Math.round(100 * ci95[0])}–${Math.round(100 * ci95[1])})`
    : `${percent(value)} (no interval)`;
}
