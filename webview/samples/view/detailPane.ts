import { css, html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { SampleLineage } from '../../../src/contract/samplesView.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { valueIn } from '../../resource.ts';
import { showLog } from '../panel/decisions.ts';
import type { DetailTab } from '../state/uiState.ts';
import { sampleMarks } from './sampleCard.ts';
import './editTab.ts';
import { shared } from '../../styles.ts';
import type { EditTab } from './editTab.ts';
import { PanelElement } from './panelElement.ts';
import { completionTab, lineageTab, promptTab, recordStyles } from './recordTabs.ts';

const TABS: readonly { id: DetailTab; label: string }[] = [
  { id: 'sample', label: 'Sample' },
  { id: 'lineage', label: 'Lineage' },
  { id: 'prompt', label: 'Prompt' },
  { id: 'completion', label: 'Raw completion' },
];

/** Everything behind the active sample. */
@customElement('smt-details')
export class DetailPane extends PanelElement {
  static override styles = [
    shared,
    emptyStateStyles,
    recordStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      [role='tablist'] {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 14px;
        padding: 0 12px;
        border-bottom: 1px solid var(--line);
      }
      [role='tab'] {
        padding: 7px 0 6px;
        border: 0;
        border-bottom: 1px solid transparent;
        background: none;
        color: var(--vscode-panelTitle-inactiveForeground, var(--muted));
        font: inherit;
        cursor: pointer;
        white-space: nowrap;
      }
      [role='tab'][aria-selected='true'] {
        border-bottom-color: var(--vscode-panelTitle-activeBorder, currentColor);
        color: var(--vscode-panelTitle-activeForeground, var(--vscode-foreground));
      }
      .body {
        flex: 1 1 auto;
        min-height: 0;
        overflow: auto;
        padding: 12px 14px 20px;
      }
      .body.stale {
        opacity: 0.75;
      }
      .marks {
        display: flex;
        flex-wrap: wrap;
        gap: 3px 9px;
        margin-bottom: 10px;
      }
    `,
  ];

  private editorWanted = false;

  override render(): TemplateResult {
    const { panel } = this;
    const { lineage } = panel.inspected;
    if (lineage.status === 'idle')
      return emptyState(
        'info',
        'No sample selected',
        'Choose a sample to see where it came from: its passage, prompt and raw completion.',
      );
    if (lineage.status === 'loading') return loadingState('Loading the sample…');
    if (lineage.status === 'failed')
      return failedState(
        'This sample could not be opened',
        lineage.failure,
        () => panel.inspected.refresh(),
        () => void showLog(panel),
      );
    const tab = panel.ui.tab;
    // The previous sample stays in sight until the next one is here, but nothing can be typed into it.
    const previous = lineage.value.sample.id !== panel.inspected.sample;
    return html`<div role="tablist" aria-label="Details" @keydown=${this.key}>
        ${TABS.map(
          ({ id, label }) => html`<button
            role="tab"
            id="tab-${id}"
            aria-selected=${id === tab ? 'true' : 'false'}
            aria-controls="panel-${id}"
            tabindex=${id === tab ? 0 : -1}
            @click=${() => panel.keep({ tab: id })}
          >
            ${label}
          </button>`,
        )}
      </div>
      <div
        class="body ${previous ? 'stale' : ''}"
        ?inert=${previous}
        role="tabpanel"
        id="panel-${tab}"
        aria-labelledby="tab-${tab}"
        tabindex="0"
      >
        ${this.content(tab, lineage.value)}
      </div>`;
  }

  /** Puts the cursor into the text of the active sample, once it is that sample's text that is shown. */
  focusEditor(): void {
    this.editorWanted = true;
    this.requestUpdate();
  }

  protected override updated(): void {
    const { lineage, sample } = this.panel.inspected;
    if (!this.editorWanted || valueIn(lineage)?.sample.id !== sample) return;
    this.editorWanted = false;
    void this.updateComplete.then(() => this.shadowRoot?.querySelector<EditTab>('smt-edit')?.focusFirst());
  }

  focusDetails(): void {
    this.shadowRoot?.querySelector<HTMLElement>('[role=tabpanel]')?.focus();
  }

  private content(tab: DetailTab, lineage: SampleLineage): TemplateResult {
    switch (tab) {
      case 'sample':
        return html`<div class="marks">
            <span class="badge">${this.panel.methodLabel(lineage.sample.method)}</span>${sampleMarks(lineage.sample)}
          </div>
          <smt-edit .panel=${this.panel} .sample=${lineage.sample}></smt-edit>`;
      case 'lineage':
        return lineageTab(this.panel, lineage);
      case 'prompt':
        return promptTab(this.panel, lineage);
      case 'completion':
        return completionTab(this.panel, lineage);
    }
  }

  private key(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = TABS.findIndex(({ id }) => id === this.panel.ui.tab);
    const next = TABS[(at + step + TABS.length) % TABS.length];
    if (!next) return;
    this.panel.keep({ tab: next.id });
    void this.updateComplete.then(() => this.shadowRoot?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus());
  }
}
