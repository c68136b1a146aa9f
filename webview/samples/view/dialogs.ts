import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { textOf } from '../../controls.ts';
import { shared } from '../../styles.ts';
import { askOwnQuestion, decideSelected, saveEdit } from '../panel/decisions.ts';
import type { Dialog } from '../panel/samplesPanel.ts';
import { SHORTCUTS } from '../state/keyboard.ts';
import { plural } from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';

/** The few things that need words or a choice before they happen. Native modal dialogs: focus stays inside, Esc closes. */
@customElement('smt-dialogs')
export class Dialogs extends PanelElement {
  static override styles = [
    shared,
    css`
      dialog {
        max-width: min(620px, 92vw);
        max-height: 88vh;
        padding: 18px 20px;
        overflow: auto;
        border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--line)));
        border-radius: 6px;
        background: var(--vscode-editorWidget-background);
        color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
        box-shadow: 0 4px 18px var(--vscode-widget-shadow, transparent);
      }
      dialog::backdrop {
        background: var(--vscode-editor-background);
        opacity: 0.55;
      }
      h2 {
        margin-bottom: 10px;
        font-size: 1.15em;
        font-weight: 600;
      }
      h3 {
        margin: 10px 0 4px;
        color: var(--muted);
        font-size: 11px;
      }
      .columns {
        columns: 2 230px;
        column-gap: 26px;
      }
      .group {
        break-inside: avoid;
      }
      .keys {
        display: grid;
        grid-template-columns: 104px 1fr;
        gap: 5px 10px;
        line-height: 1.4;
      }
      textarea {
        display: block;
        width: min(520px, 84vw);
        min-height: 72px;
        margin-top: 6px;
        padding: 6px 8px;
        border: 1px solid var(--vscode-input-border, var(--line));
        border-radius: var(--radius);
        background: var(--vscode-input-background);
        color: var(--vscode-input-foreground);
        font: inherit;
        line-height: 1.45;
        resize: vertical;
      }
      textarea:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        justify-content: flex-end;
        margin-top: 16px;
      }
      p {
        line-height: 1.5;
      }
    `,
  ];

  @query('dialog') private dialog!: HTMLDialogElement | null;
  @state() private words = '';
  private shown: Dialog | null = null;

  override render(): TemplateResult | typeof nothing {
    const { dialog } = this.panel;
    if (!dialog) return nothing;
    return html`<dialog
      aria-labelledby="dialog-title"
      @close=${this.closed}
      @keydown=${(event: KeyboardEvent) => event.stopPropagation()}
    >
      ${this.content(dialog)}
    </dialog>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const { dialog } = this.panel;
    if (dialog === this.shown) return;
    this.shown = dialog;
    this.words = '';
    if (dialog && this.dialog && !this.dialog.open) this.dialog.showModal();
  }

  private content(dialog: Dialog): TemplateResult {
    switch (dialog.show) {
      case 'shortcuts':
        return this.shortcuts();
      case 'note':
        return this.wordsFor(
          `Reject ${plural(dialog.samples.length, 'sample')}`,
          'Why? The note is kept with the decision.',
          'Reject',
          0,
          () => void decideSelected(this.panel, 'reject', this.words.trim()),
        );
      case 'question':
        return this.wordsFor(
          'Ask your own question',
          `About “${this.panel.documentTitle(dialog.document)}”. Focal rewrites that serve it are made next; what that costs is shown first.`,
          'Ask',
          3,
          () => void askOwnQuestion(this.panel, dialog.document, this.words.trim()),
        );
      case 'draft':
        return html`<h2 id="dialog-title">Save your changes?</h2>
          <p>You changed this sample’s text and have not saved it.</p>
          <div class="row">
            <ui-button @click=${() => this.saveDraft(dialog.goOn)}>Save</ui-button>
            <ui-button appearance="secondary" @click=${() => this.goOn(dialog.goOn)}>Don’t save</ui-button>
            <ui-button appearance="secondary" @click=${this.close}>Keep editing</ui-button>
          </div>`;
    }
  }

  private shortcuts(): TemplateResult {
    return html`<h2 id="dialog-title">Keyboard</h2>
      <div class="columns">
        ${SHORTCUTS.map(
          (group) => html`<section class="group">
            <h3>${group.heading}</h3>
            <div class="keys">
              ${group.keys.map(
                ({ keys, what }) =>
                  html`<span>${keys.map((key) => html`<kbd>${key}</kbd> `)}</span><span>${what}</span>`,
              )}
            </div>
          </section>`,
        )}
      </div>
      <div class="row"><ui-button @click=${this.close}>Close</ui-button></div>`;
  }

  private wordsFor(title: string, text: string, action: string, atLeast: number, done: () => void): TemplateResult {
    const ready = this.words.trim().length >= atLeast;
    const finish = () => {
      if (!ready) return;
      done();
      this.close();
    };
    return html`<h2 id="dialog-title">${title}</h2>
      <label
        >${text}
        <textarea
          maxlength="2000"
          autofocus
          .value=${this.words}
          @input=${(event: Event) => {
            this.words = textOf(event);
          }}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) finish();
          }}
        ></textarea>
      </label>
      <div class="row">
        <ui-button ?disabled=${!ready} @click=${finish}>${action}</ui-button>
        <ui-button appearance="secondary" @click=${this.close}>Cancel</ui-button>
      </div>`;
  }

  private saveDraft(then: () => void): void {
    const { draft } = this.panel.ui;
    if (draft) void saveEdit(this.panel, draft.sample, draft.fields);
    this.goOn(then);
  }

  private goOn(next: () => void): void {
    this.close();
    next();
  }

  private readonly close = (): void => this.dialog?.close();

  private closed(): void {
    this.panel.dialog = null;
    this.panel.changed();
    this.dispatchEvent(new CustomEvent('to-list', { bubbles: true, composed: true }));
  }
}
