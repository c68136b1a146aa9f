import { css, html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { ImportedCell } from '../../../src/contract/imported.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { shared } from '../../styles.ts';
import { BASIS, count, interval, percent } from '../state/wording.ts';
import { coversStyles, railPlot, tableStyles } from './tables.ts';
import { ViewElement } from './viewElement.ts';

/** Figures of other programs' logs: marked as measured elsewhere, on the same scale, compared with nothing. */
@customElement('smt-imported')
export class ImportedPane extends ViewElement {
  static override styles = [
    shared,
    tableStyles,
    coversStyles,
    css`
      :host {
        display: block;
        max-width: 1100px;
        overflow: auto;
      }
      h2 {
        margin: 0 0 6px;
        font-size: 1.1em;
        font-weight: 600;
      }
      tbody th {
        min-width: 230px;
        overflow-wrap: anywhere;
      }
    `,
  ];

  override render(): TemplateResult {
    const imported = this.view.summary?.imported ?? [];
    return html`<section>
      <h2>Imported</h2>
      <p class="covers">
        Measured by other programs. Their prompts, engines and questions are not known here, so these figures are compared
        with nothing.
      </p>
      <div class="scroll">
        <table>
          <caption class="hidden-text">Imported figures with their intervals</caption>
          <thead>
            <tr>
              <th scope="col">Task and model</th>
              <th scope="col" class="figure">Figure</th>
              <th scope="col" class="figure">95 %</th>
              <th scope="col">over</th>
              <th scope="col" class="figure">n</th>
              <th scope="col">0 – 100 %</th>
            </tr>
          </thead>
          <tbody>
            ${imported.map((cell) => row(cell))}
          </tbody>
        </table>
      </div>
      <ul>
        ${[...new Map(imported.map((cell) => [cell.import, cell])).values()].map((cell) => this.log(cell))}
      </ul>
    </section>`;
  }

  private log({ import: id, file, tool }: ImportedCell): TemplateResult {
    const { view } = this;
    return html`<li>
      ${file} <span class="muted">${tool}</span>
      <button
        class="plain"
        ?disabled=${!view.trusted}
        aria-label="Take out ${file}"
        @click=${() => void view.tell(() => view.ask(ResultsPage.removeImported, { imports: [id] }))}
      >
        Take out
      </button>
    </li>`;
  }
}

function row(cell: ImportedCell): TemplateResult {
  const { task, model, metric, tool, questions, n, accuracy, ci95, ci95_basis, not_enough, notes } = cell;
  return html`<tr>
    <th scope="row">
      ${task}: ${model} <span class="badge">imported</span><br /><span class="sub"
        >${metric}, ${tool}. ${notes.join(' ')}</span
      >
    </th>
    <td class="figure"><strong>${percent(accuracy)}</strong></td>
    <td class="figure">
      ${ci95 ? interval(ci95) : html`<span class="sub">not enough: ${not_enough}</span>`}
    </td>
    <td>${ci95_basis === null ? '–' : BASIS[ci95_basis]}</td>
    <td class="figure">${questions === null ? 'not said' : `${count(questions)} × ${Number(n.toFixed(1))}`}</td>
    <td class="drawn">${railPlot({ value: accuracy, ci95, elsewhere: true }, { from: 0, to: 1 })}</td>
  </tr>`;
}
