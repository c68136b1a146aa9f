import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Sample } from '../../../src/contract/sample.ts';
import { textOf } from '../../controls.ts';
import { shared } from '../../styles.ts';
import { saveEdit } from '../panel/decisions.ts';
import { changedFields, type FieldName, fieldsOf } from '../state/draft.ts';
import { reasonLabel, reasonMeaning } from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';
import { tokensInWords } from './sampleCard.ts';

/** The sample's text, to read and to change. Unsaved words are kept until they are saved or given up. */
@customElement('smt-edit')
export class EditTab extends PanelElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .field {
        display: block;
        margin-bottom: 10px;
      }
      .field > span {
        display: block;
        margin-bottom: 3px;
      }
      textarea {
        display: block;
        width: 100%;
        min-height: 34px;
        padding: 6px 8px;
        border: 1px solid var(--vscode-input-border, var(--line));
        border-radius: var(--radius);
        background: var(--vscode-input-background);
        color: var(--vscode-input-foreground);
        font: inherit;
        line-height: 1.5;
        resize: vertical;
        field-sizing: content;
        max-height: 60vh;
      }
      textarea:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      textarea:read-only {
        border-color: transparent;
        background: transparent;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
      }
      .why {
        margin-bottom: 12px;
        padding: 6px 10px;
        border-left: 3px solid var(--vscode-testing-iconFailed, var(--vscode-errorForeground));
        line-height: 1.45;
      }
      details {
        margin-top: 14px;
      }
      summary {
        cursor: pointer;
      }
      .original {
        margin-top: 6px;
        padding: 6px 10px;
        border-left: 3px solid var(--line);
        line-height: 1.5;
      }
    `,
  ];

  @property({ attribute: false }) sample!: Sample;

  override render(): TemplateResult {
    const { sample, panel } = this;
    const changed = changedFields(sample, this.draft);
    const dirty = Object.keys(changed).length > 0;
    return html`
      ${
        sample.state === 'rejected'
          ? html`<div class="why">
            <strong>${sample.reason ? reasonLabel(sample.reason) : 'Rejected'}.</strong>
            ${sample.reason ? reasonMeaning(sample.reason) : ''}
            ${sample.detail ? html`<div class="untrusted">${sample.detail}</div>` : nothing}
          </div>`
          : nothing
      }
      ${sample.query_text ? html`<div class="field"><span class="label">Written for the question</span><span class="untrusted">${sample.query_text}</span></div>` : nothing}
      ${sample.strategy ? html`<div class="field"><span class="label">Strategy</span><span class="untrusted">${sample.strategy}</span></div>` : nothing}
      ${fieldsOf(sample).map(
        ({ name, label, value }) => html`<label class="field"
          ><span class="label">${label}</span>
          <textarea
            rows=${name === 'text' ? 8 : 1}
            spellcheck="false"
            ?readonly=${!panel.trusted}
            .value=${this.draft[name] ?? value}
            @input=${(event: Event) => this.typed(name, textOf(event))}
            @keydown=${this.key}
          ></textarea>
        </label>`,
      )}
      <div class="row">
        ${
          dirty
            ? html`<ui-button @click=${() => void this.save()}>Save</ui-button>
              <ui-button appearance="secondary" @click=${this.giveUp}>Revert</ui-button>
              <span class="muted">Ctrl+Enter saves, Esc reverts. The original is kept.</span>`
            : html`<span class="muted numbers">${tokensInWords(sample)} of training text</span>`
        }
      </div>
      ${
        sample.original !== undefined
          ? html`<details>
            <summary>Original, as the model wrote it</summary>
            <div class="original untrusted">${sample.original}</div>
          </details>`
          : nothing
      }
    `;
  }

  focusFirst(): void {
    const field = this.shadowRoot?.querySelector('textarea');
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }

  private get draft() {
    const { draft } = this.panel.ui;
    return draft?.sample === this.sample.id ? draft.fields : {};
  }

  private typed(name: FieldName, value: string): void {
    const fields = changedFields(this.sample, { ...this.draft, [name]: value });
    this.panel.keep({ draft: Object.keys(fields).length > 0 ? { sample: this.sample.id, fields } : null });
  }

  private async save(): Promise<void> {
    await saveEdit(this.panel, this.sample.id, changedFields(this.sample, this.draft));
    this.dispatchEvent(new CustomEvent('to-list', { bubbles: true, composed: true }));
  }

  private giveUp(): void {
    this.panel.keep({ draft: null });
    this.dispatchEvent(new CustomEvent('to-list', { bubbles: true, composed: true }));
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void this.save();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.giveUp();
    }
  }
}
