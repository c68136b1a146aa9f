import { html, nothing, type TemplateResult } from 'lit';
import { measuredQuestions, mrrText, type RetrievalSettings, type Tuning } from '../../../src/contract/retrieval.ts';
import { shareOf } from './qualityTable.ts';

/** What the last tuning found: a row a setting, the project's own marked. */
export function tuningTable(tuning: Tuning | null, now: RetrievalSettings): TemplateResult | typeof nothing {
  const [first] = tuning?.rows ?? [];
  if (!tuning || !first) return nothing;
  const cutoffs = Object.keys(first.recall);
  const when = new Date(tuning.measured * 1000).toLocaleString();
  return html`<details class="quality" open>
    <summary>Tuning on the dev split, ${when}</summary>
    <div class="scrolled" tabindex="0" role="region" aria-label="Tuning on the dev split">
      <table>
        <caption>
          Share of known evidence among the first k passages, with 95 % intervals over documents, on the first 20 % of
          documents by title only: the test questions stay unseen. Where intervals overlap there is no clear winner. Set
          chunk_size, mode and top_k under retrieval in smt.yaml.
        </caption>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Benchmark</th>
            <th scope="col">Questions</th>
            ${cutoffs.map((k) => html`<th scope="col">recall@${k}</th>`)}
            <th scope="col">MRR</th>
          </tr>
        </thead>
        <tbody>
          ${tuning.rows.map((row) => {
            const { chunk_size, chunk_unit, mode } = row.settings;
            const own = chunk_size === now.chunk_size && chunk_unit === now.chunk_unit && mode === now.mode;
            return html`<tr>
              <th scope="row">${chunk_size} ${chunk_unit}, ${mode}${own ? ' (smt.yaml)' : ''}</th>
              <td>${row.benchmark}</td>
              <td>${measuredQuestions(row)}</td>
              ${cutoffs.map((k) => html`<td>${shareOf(row.recall[k])}</td>`)}
              <td>${mrrText(row)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </details>`;
}
