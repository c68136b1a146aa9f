import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { DatasetRow } from '../../../src/contract/dataset.ts';
import { DatasetPanel } from '../../../src/contract/datasetPanel.ts';
import { icon } from '../../icons.ts';
import { count } from '../../jobs/state/wording.ts';
import { sections } from '../../jobs/view/sections.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { pieces } from '../state/maskedText.ts';
import { ROWS_A_PAGE } from '../state/uiState.ts';
import { ViewElement } from './viewElement.ts';

const kindNames: Record<DatasetRow['kind'], string> = { qa: 'QA', document: 'Document', replay: 'Replay' };

/** A page of rows, decoded: exactly the text the model is trained on, with what it does not learn marked. */
@customElement('smt-dataset-rows')
export class RowsPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
      }
      .row {
        margin-top: 8px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      .row header {
        display: flex;
        flex-wrap: wrap;
        gap: 3px 12px;
        align-items: center;
        padding: 3px 10px;
        border-bottom: 1px solid var(--line);
        background: var(--vscode-editorWidget-background);
        font-size: 12px;
      }
      .text {
        max-height: 220px;
        padding: 6px 10px;
        overflow: auto;
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 12px;
        line-height: 1.5;
      }
      .text:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .masked {
        color: var(--muted);
        font-style: italic;
        text-decoration: underline dotted;
        text-underline-offset: 3px;
      }
      .bracket {
        font-style: normal;
        font-weight: 700;
      }
      .pager {
        margin-inline-start: auto;
      }
      .legend {
        margin-top: 4px;
        font-size: 12px;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    const { manifest, ui, page } = view;
    if (!manifest) return nothing;
    const split = (id: 'train' | 'held_out', label: string, rows: number) =>
      html`<button class="plain" aria-pressed=${ui.split === id} @click=${() => view.showSplit(id)}>
        ${label} (${count(rows)})
      </button>`;
    const shown = valueIn(page);
    return html`<section aria-labelledby="rows" aria-busy=${page.status === 'loading' || page.status === 'stale'}>
      <div class="bar">
        <h2 id="rows">Rows</h2>
        <div class="switch" role="group" aria-label="Which rows">
          ${split('train', 'Training', manifest.train.rows)}${split('held_out', 'Held out', manifest.held_out.rows)}
        </div>
        ${shown ? this.pager(shown.offset, shown.total) : nothing}
      </div>
      <p class="legend muted">
        Each is exactly the text that is trained on, special tokens included.
        ${
          manifest.settings.loss_on === 'answers'
            ? html`<span class="masked"><span class="bracket">⟦</span>Text in such brackets<span class="bracket">⟧</span></span>
              is read by the model but not learned.`
            : 'Every token is learned (mixture.loss_on: all).'
        }
      </p>
      ${
        page.status === 'failed'
          ? html`<p class="mark bad">${icon('warning')}${page.failure.message} ${page.failure.hint ?? ''}</p>`
          : !shown
            ? html`<p class="muted" role="status">Reading rows…</p>`
            : shown.rows.length === 0
              ? html`<p class="muted">There are no rows here.</p>`
              : shown.rows.map((row) => this.row(row))
      }
    </section>`;
  }

  private pager(offset: number, total: number): TemplateResult {
    const last = Math.min(total, offset + ROWS_A_PAGE);
    const turn = (to: 'first' | 'previous' | 'next' | 'last', label: string, sign: string, off: boolean) =>
      html`<button class="plain" aria-label=${label} title=${label} ?disabled=${off} @click=${() => this.view.turn(to)}>
        ${sign}
      </button>`;
    const [begin, end] = [offset === 0, last >= total];
    return html`<div class="bar pager" role="group" aria-label="Pages">
      ${turn('first', 'First page', '⟪', begin)}${turn('previous', 'Previous page', '‹', begin)}
      <span class="numbers" role="status">${total === 0 ? 0 : count(offset + 1)}–${count(last)} of ${count(total)}</span>
      ${turn('next', 'Next page', '›', end)}${turn('last', 'Last page', '⟫', end)}
    </div>`;
  }

  private row(row: DatasetRow): TemplateResult {
    const { index, kind, method, document, tokens, source } = row;
    return html`<article class="row" aria-label=${`Row ${index + 1}`}>
      <header>
        <span class="numbers muted">#${count(index + 1)}</span>
        <span class="badge">${kindNames[kind]}</span>
        ${method ? html`<span>${this.view.methodLabel(method)}</span>` : nothing}
        ${document ? html`<span class="ellipsis untrusted">${this.view.documentTitle(document)}</span>` : nothing}
        <span class="numbers muted">${count(tokens)} tokens</span>
        ${
          kind === 'replay'
            ? html`<span class="muted">${source}</span>`
            : html`<button
                class="link"
                @click=${() => void this.view.attempt(() => this.view.ask(DatasetPanel.openSample, { sample: source }))}
              >
                Open sample
              </button>`
        }
      </header>
      <div class="text untrusted" tabindex="0" role="group" aria-label=${`Text of row ${index + 1}`}>${pieces(row).map(
        ({ text, learned }) =>
          learned
            ? html`<span>${text}</span>`
            : html`<span class="masked"><span class="bracket" aria-hidden="true">⟦</span><span class="hidden-text">not learned: </span>${text}<span class="bracket" aria-hidden="true">⟧</span></span>`,
      )}</div>
    </article>`;
  }
}
