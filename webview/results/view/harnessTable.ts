import { html, type TemplateResult } from 'lit';
import { type HarnessRow, harnessFigure } from '../../../src/contract/harness.ts';
import { modelLabel } from '../../../src/contract/reportNames.ts';
import type { ResultsSummary } from '../../../src/contract/results.ts';
import { plural } from '../state/wording.ts';

/** Tasks of lm-evaluation-harness: each accuracy with the harness's own standard error and n. */
export function harnessTable(summary: ResultsSummary, rows: readonly HarnessRow[]): TemplateResult {
  return html`<div class="scroll">
      <table>
        <caption>Tasks of lm-evaluation-harness</caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Base ± standard error</th>
            <th scope="col">Trained ± standard error</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ task, metric, tool, limit, model, base, trained }) => html`<tr>
              <th scope="row">
                ${task}<br /><span class="sub"
                  >${metric}; ${tool}${limit === null ? '' : `; at most ${plural(limit, 'question')}`}${model === null ? '' : `; ${modelLabel(summary, model)}`}</span
                >
              </th>
              <td>${harnessFigure(base)}</td>
              <td>${model === null ? 'no trained model was asked' : harnessFigure(trained)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="covers">
      ± is the harness’s own standard error, questions taken as independent: no 95 % interval, and no difference is
      computed from it.
    </p>`;
}
