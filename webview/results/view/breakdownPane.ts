import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { BreakdownRow } from '../../../src/contract/results.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { csvText } from '../../charts/index.ts';
import { emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { cellName, count, interval, percent } from '../state/wording.ts';
import { railPlot, tableStyles } from './tables.ts';
import { ViewElement } from './viewElement.ts';

/** Rows drawn; the rest is found through the filter of the answers. */
const MOST_ROWS = 300;

/** The cells in sight by document or by question type. */
@customElement('smt-breakdown')
export class BreakdownPane extends ViewElement {
  static override styles = [
    shared,
    tableStyles,
    emptyStateStyles,
    css`
      :host {
        display: block;
        overflow: auto;
        padding: 12px 16px 32px;
      }
      .bar {
        display: flex;
        gap: 4px;
        align-items: center;
        margin: 0 0 8px;
      }
      .covers {
        max-width: 90ch;
        margin: 0 0 8px;
        color: var(--muted);
        font-size: 12px;
      }
      tbody th {
        min-width: 160px;
      }
      tbody th,
      td {
        vertical-align: middle;
      }
      th .name {
        overflow-wrap: anywhere;
      }
      td.drawn {
        width: auto;
        min-width: 90px;
      }
    `,
  ];

  override render(): TemplateResult {
    const { view } = this;
    const { rows, ui } = view;
    const choice = (by: 'document' | 'type', label: string) =>
      html`<button class="plain" aria-pressed=${ui.by === by ? 'true' : 'false'} @click=${() => view.setBy(by)}>${label}</button>`;
    return html`<div class="bar" role="group" aria-label="Group by">
        ${choice('document', 'By document')} ${choice('type', 'By question type')}
        <button class="plain" @click=${this.saveCsv}>Save figures (CSV)…</button>
      </div>
      <p class="covers">
        ${
          ui.by === 'document'
            ? 'Within one document the interval is a t interval over its questions: it says nothing about other documents.'
            : 'Intervals are over documents, as everywhere.'
        }
      </p>
      ${
        rows.status === 'ready' || rows.status === 'stale'
          ? this.table(rows.value)
          : rows.status === 'failed'
            ? failedState('The breakdown could not be made', rows.failure, () => view.setBy(ui.by))
            : loadingState('Grouping answers…')
      }`;
  }

  private readonly saveCsv = (): void => {
    const { view } = this;
    const rows = valueIn(view.rows) ?? [];
    const cells = view.shownCells;
    const text = csvText(
      [view.ui.by, 'benchmark', 'model', 'setting', 'accuracy', 'ci95_low', 'ci95_high', 'questions'],
      rows.flatMap(({ name, cells: values }) =>
        values.flatMap((value, at) => {
          const cell = cells[at];
          if (!cell || !value) return [];
          const { benchmark, model, setting } = cell;
          const { accuracy, ci95, questions } = value;
          return [[name, benchmark, model, setting, accuracy, ci95?.[0] ?? null, ci95?.[1] ?? null, questions]];
        }),
      ),
    );
    void view.attempt(async () => {
      const name = `results-by-${view.ui.by}.csv`;
      const { saved } = await view.ask(ResultsPage.save, { name, text });
      if (saved) view.say(`${name} is saved.`);
    });
  };

  private table(rows: readonly BreakdownRow[]): TemplateResult {
    const { view } = this;
    const { summary } = view;
    const cells = view.shownCells;
    return html`<div class="scroll">
      <table>
        <caption>${count(rows.length)} ${view.ui.by === 'document' ? 'documents' : 'question types'}</caption>
        <thead>
          <tr>
            <th scope="col">${view.ui.by === 'document' ? 'Document' : 'Question type'}</th>
            ${cells.map((cell) => html`<th scope="col" colspan="2">${summary ? cellName(summary, cell) : ''}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, MOST_ROWS).map((row) => this.row(row))}
        </tbody>
      </table>
      ${rows.length > MOST_ROWS ? html`<p class="covers">${count(rows.length - MOST_ROWS)} more are in the CSV file.</p>` : nothing}
    </div>`;
  }

  private row({ name, cells }: BreakdownRow): TemplateResult {
    const { view } = this;
    const filter = view.ui.by === 'document' ? { document: name } : { type: name };
    return html`<tr>
      <th scope="row">
        <button class="link name" @click=${() => view.openAnswers(filter)}>${this.documentTitle(name)}</button>
      </th>
      ${cells.map((cell, at) =>
        cell
          ? html`<td class="figure">
                ${percent(cell.accuracy)}<br /><span class="sub"
                  >${cell.ci95 ? interval(cell.ci95) : `not enough: ${cell.not_enough ?? ''}`}, n = ${count(cell.questions)}</span
                >
              </td>
              <td class="drawn">
                ${railPlot({ value: cell.accuracy, ci95: cell.ci95, trained: view.shownCells[at]?.model !== 'base' }, { from: 0, to: 1 })}
              </td>`
          : html`<td colspan="2" class="muted">no answers</td>`,
      )}
    </tr>`;
  }

  private documentTitle(name: string): string {
    if (this.view.ui.by === 'type') return name;
    return this.view.init?.documents.find(({ id }) => id === name)?.title ?? name;
  }
}
