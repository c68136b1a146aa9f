import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { standsWith } from '../../../src/contract/harness.ts';
import { modelLines } from '../../../src/contract/modelLines.ts';
import { modelLabel } from '../../../src/contract/reportNames.ts';
import type { FourCells, ResultsSummary } from '../../../src/contract/results.ts';
import { scalingGroups } from '../../../src/contract/scalingGroups.ts';
import { icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { cellName, count, fourKey, fourName } from '../state/wording.ts';
import { type CellRow, cellTable } from './cellTable.ts';
import { differenceTable } from './differenceTable.ts';
import { harnessTable } from './harnessTable.ts';
import './importedPane.ts';
import './scalingPane.ts';
import { coversStyles, tableStyles } from './tables.ts';
import { ViewElement } from './viewElement.ts';

/** The verdict: four cells with intervals and n, paired differences, the scaling curve, the guard rail, all cells. */
@customElement('smt-verdict')
export class VerdictPane extends ViewElement {
  static override styles = [
    shared,
    tableStyles,
    coversStyles,
    css`
      :host {
        display: block;
        overflow: auto;
        padding: 12px 16px 32px;
      }
      section {
        max-width: 1100px;
        margin: 0 0 22px;
      }
      h2 {
        margin: 0 0 6px;
        font-size: 1.1em;
        font-weight: 600;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
        margin: 0 0 12px;
      }
      select {
        max-width: 100%;
        padding: 3px 6px;
        border: 1px solid var(--vscode-dropdown-border, var(--line));
        border-radius: var(--radius);
        background: var(--vscode-dropdown-background);
        color: var(--vscode-dropdown-foreground);
        font: inherit;
      }
      select:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      tbody th {
        min-width: 230px;
      }
      .warnings li {
        display: flex;
        gap: 6px;
        align-items: baseline;
        margin: 0 0 4px;
      }
      .warnings svg {
        flex: none;
        align-self: center;
        color: var(--vscode-editorWarning-foreground, var(--vscode-charts-yellow));
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    const { summary, four } = view;
    if (!summary) return nothing;
    return html`
      ${summary.warnings.length > 0 ? this.warnings(summary.warnings) : nothing}
      ${summary.judges.length > 0 ? this.judges(summary.judges) : nothing}
      ${four ? this.fourCells(summary, four) : nothing} ${this.compareAny(summary)}
      ${scalingGroups(summary.scaling).map((group) => html`<smt-scaling .view=${view} .group=${group}></smt-scaling>`)}
      ${this.guardRail(summary, four)} ${this.allCells(summary)}
      ${summary.imported.length > 0 ? html`<smt-imported .view=${view}></smt-imported>` : nothing}
    `;
  }

  private warnings(texts: readonly string[]): TemplateResult {
    return html`<section aria-label="What to know first">
      <ul class="warnings">
        ${texts.map((text) => html`<li>${icon('warning')}<span>${text}</span></li>`)}
      </ul>
    </section>`;
  }

  private judges(texts: readonly string[]): TemplateResult {
    return html`<section aria-label="Judge and people">
      ${texts.map((text) => html`<p class="covers">${text}</p>`)}
    </section>`;
  }

  private fourCells(summary: ResultsSummary, four: FourCells): TemplateResult {
    const { view } = this;
    const untrained = four.model === null ? { missing: 'no trained model is evaluated' } : {};
    const rows: CellRow[] = [
      { label: `${modelLabel(summary, four.base)}, closed-book`, cell: view.cell(four.base_closed_book) },
      { label: `${modelLabel(summary, four.base)} + RAG`, cell: view.cell(four.base_rag) },
      { label: 'Trained, closed-book', cell: view.cell(four.trained_closed_book), ...untrained },
      { label: 'Trained + RAG', cell: view.cell(four.trained_rag), ...untrained },
    ];
    const rag = view.cell(four.base_rag);
    return html`<section>
      <div class="bar">
        <h2 class="grow">${fourName(summary, four)}</h2>
        ${
          summary.fours.length > 1
            ? html`<select
              aria-label="Benchmark and model"
              @change=${(event: Event) => event.target instanceof HTMLSelectElement && view.chooseFour(event.target.value)}
            >
              ${summary.fours.map(
                (other) =>
                  html`<option value=${fourKey(other)} ?selected=${fourKey(other) === fourKey(four)}>
                    ${fourName(summary, other)}
                  </option>`,
              )}
            </select>`
            : nothing
        }
      </div>
      ${cellTable(
        html`<caption class="hidden-text">Four cells: accuracy with its 95 % interval over documents</caption>`,
        rows,
        rag && { value: rag.accuracy, name: 'base + RAG' },
      )}
      <p class="covers">
        Interval: bootstrap over documents, 10,000 resamples: how far the figure would move with other documents and
        questions. It does not cover other training seeds. p: paired
        bootstrap; McNemar: majorities, questions taken as independent. “decoding” is a t interval over the answers of each question:
        decoding noise only. n is questions × answers a question.
        ${rag ? html`One run over ${count(rag.questions)} questions could tell ±${(rag.one_run_half_width * 100).toFixed(1)} points apart (binomial).` : nothing}
      </p>
      ${this.differences(summary, four.comparisons)}
    </section>`;
  }

  private differences(summary: ResultsSummary, ids: readonly string[]): TemplateResult | typeof nothing {
    const found = ids.flatMap((id) => summary.comparisons.find((comparison) => comparison.id === id) ?? []);
    return found.length === 0 ? nothing : differenceTable(this.view, 'Differences on the same questions', found);
  }

  /** Any two cells, as a person picks them. */
  private compareAny(summary: ResultsSummary): TemplateResult | typeof nothing {
    const { view } = this;
    if (summary.cells.length < 2) return nothing;
    const { first, second } = view.pair;
    const choose = (label: string, chosen: string | null, which: 'first' | 'second') =>
      html`<select
        aria-label=${label}
        @change=${(event: Event) => event.target instanceof HTMLSelectElement && view.choosePair({ [which]: event.target.value })}
      >
        ${summary.cells.map(
          (cell) =>
            html`<option value=${cell.id} ?selected=${cell.id === chosen}>
              ${cell.benchmark}: ${cellName(summary, cell)}${cell.scoring === 'generate' ? '' : `, ${cell.scoring.replaceAll('_', ' ')}`}
            </option>`,
        )}
      </select>`;
    const { comparison } = view;
    return html`<section>
      <h2>Compare any two</h2>
      <div class="bar">
        ${choose('First cell', first, 'first')} <span>minus</span> ${choose('Second cell', second, 'second')}
      </div>
      ${
        comparison.status === 'ready' || comparison.status === 'stale'
          ? differenceTable(view, 'Chosen difference', [comparison.value])
          : comparison.status === 'failed'
            ? html`<p>${comparison.failure.message}</p>`
            : nothing
      }
    </section>`;
  }

  private guardRail(summary: ResultsSummary, four: FourCells | undefined): TemplateResult | typeof nothing {
    const tasks = summary.harness.filter(
      (row) => (four && standsWith(row, four)) || !summary.fours.some((other) => standsWith(row, other)),
    );
    const general = four?.general ?? [];
    if (general.length + tasks.length === 0) return nothing;
    return html`<section>
      <h2>Guard rail</h2>
      <p class="covers">
        General questions before and after training, beside the gain: continued training can damage an
        instruct model. It is no result of its own.
      </p>
      ${this.differences(summary, general)} ${tasks.length > 0 ? harnessTable(summary, tasks) : nothing}
    </section>`;
  }

  private allCells(summary: ResultsSummary): TemplateResult {
    const rows = summary.cells.map((cell) => ({
      label: html`${cell.benchmark}: ${cellName(summary, cell)}
        <br /><span class="sub"
          >${cell.scoring.replaceAll('_', ' ')}, ${cell.engine}, ${cell.dtype}${cell.split === 'all' ? '' : `, ${cell.split} split`}</span
        >`,
      cell,
    }));
    return html`<section>
      ${cellTable(html`<caption>All cells</caption>`, rows)}
      ${modelLines(summary.models).map((line) => html`<p class="covers">${line}</p>`)}
    </section>`;
  }
}
