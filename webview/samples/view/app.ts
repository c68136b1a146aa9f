import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { dismissButton, pageFrame, problemFoot, titled } from '../../pageFrame.ts';
import { run, type Surroundings } from '../panel/commands.ts';
import { generate, showLog } from '../panel/decisions.ts';
import { type ListCommand, listCommand, meansListEverywhere } from '../state/keyboard.ts';
import { TOY_MEANING } from '../state/wording.ts';
import './actionBar.ts';
import type { AuditPane } from './auditPane.ts';
import './auditPane.ts';
import './countsBar.ts';
import type { DetailPane } from './detailPane.ts';
import './detailPane.ts';
import './dialogs.ts';
import './documentPane.ts';
import { emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import type { FilterBar } from './filterBar.ts';
import './filterBar.ts';
import { icon } from '../../icons.ts';
import './jobStrip.ts';
import { PanelElement } from './panelElement.ts';
import type { SampleListView } from './sampleListView.ts';
import './sampleListView.ts';
import { shared } from '../../styles.ts';
import { shareOf } from './split.ts';

/** Below this the source and the samples take turns; above `WIDE` the details stand beside the list. */
const NARROW = 760;
const WIDE = 1240;

/** The whole page: header, job, filter, and source | samples | details. */
@customElement('smt-samples')
export class SamplesApp extends PanelElement {
  static override styles = [
    shared,
    pageFrame,
    emptyStateStyles,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 10px;
        align-items: center;
        padding: 6px 10px;
        border-bottom: 1px solid var(--line);
      }
      h1 {
        font-size: 1.15em;
        font-weight: 600;
      }
      .toy {
        display: inline-flex;
        gap: 5px;
        align-items: center;
        padding: 1px 8px;
        border: 1px solid var(--vscode-editorWarning-foreground, var(--line));
        border-radius: 10px;
        font-size: 11px;
      }
      .switch {
        display: inline-flex;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      .restricted {
        display: flex;
        gap: 6px;
        align-items: center;
        padding: 5px 10px;
        border-bottom: 1px solid var(--line);
      }
      .column {
        display: flex;
        flex: 1 1 auto;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
      }
      smt-split,
      smt-sample-list,
      smt-audit,
      smt-document,
      smt-details {
        flex: 1 1 auto;
        min-width: 0;
        min-height: 0;
      }
    `,
  ];

  @state() private width = window.innerWidth;
  @query('smt-sample-list') private listView!: SampleListView | null;
  @query('smt-details') private details!: DetailPane | null;
  @query('smt-filter-bar') private filterBar!: FilterBar | null;
  @query('smt-audit') private auditPane!: AuditPane | null;

  private readonly resized = new ResizeObserver(([entry]) => {
    if (entry) this.width = entry.contentRect.width;
  });
  private readonly pressed = (event: KeyboardEvent) => this.press(event);

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
    window.addEventListener('keydown', this.pressed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    window.removeEventListener('keydown', this.pressed);
  }

  override render(): TemplateResult {
    const { panel } = this;
    const { session } = panel;
    if (session.status === 'failed')
      return titled(
        'Samples',
        failedState(
          'The samples of this project could not be opened',
          session.failure,
          () => void panel.start(),
          () => void showLog(panel),
        ),
      );
    if (!panel.init) return titled('Samples', loadingState('Opening the project’s samples…'));
    return html`${this.head()}
      ${
        panel.trusted
          ? nothing
          : html`<div class="restricted">
            ${icon('warning')}<span>Restricted mode: samples can be read, but nothing is generated or decided. Trust this workspace to go on.</span>
          </div>`
      }
      <smt-jobs .panel=${panel}></smt-jobs>
      ${this.content()} ${this.foot()}
      <smt-dialogs .panel=${panel} @to-list=${this.toList}></smt-dialogs>
      <div class="hidden-text" role="status" aria-live="polite">${panel.announcement}</div>`;
  }

  private head(): TemplateResult {
    const { panel } = this;
    const init = panel.init;
    return html`<div class="head">
      <h1>Samples</h1>
      <span class="muted ellipsis grow" title=${init?.project ?? ''}>${init?.name}</span>
      ${init?.toy ? html`<span class="toy" title=${TOY_MEANING}>${icon('flask', 12)}Real output of a very small model</span>` : nothing}
      ${
        this.width < NARROW && !panel.audit.open
          ? html`<span class="switch" role="group" aria-label="Show">
            ${(['samples', 'source'] as const).map(
              (one) => html`<button
                class="plain"
                aria-pressed=${panel.ui.narrow === one ? 'true' : 'false'}
                @click=${() => panel.keep({ narrow: one })}
              >
                ${one === 'samples' ? 'Samples' : 'Source'}
              </button>`,
            )}
          </span>`
          : nothing
      }
      ${
        panel.audit.open
          ? nothing
          : html`<button
            class="plain"
            title="Judge 50 random samples, one after the other, and get an error rate per method"
            ?disabled=${!panel.trusted || (panel.counts?.accepted ?? 0) === 0}
            @click=${() => void panel.audit.start()}
          >
            ${icon('target')}Audit…
          </button>`
      }
      <button
        class="plain"
        title="Keyboard shortcuts (?)"
        aria-label="Keyboard shortcuts"
        @click=${() => this.command({ do: 'help' })}
      >
        ${icon('keyboard')}
      </button>
      <ui-button ?disabled=${!panel.trusted} @click=${() => void generate(panel, { what: 'all' })}>Generate all…</ui-button>
    </div>`;
  }

  private content(): TemplateResult {
    const { panel } = this;
    const narrow = this.width < NARROW;
    const work = panel.audit.open ? html`<smt-audit .panel=${panel}></smt-audit>` : this.samples();
    if (narrow)
      return panel.ui.narrow === 'source' && !panel.audit.open
        ? html`<div class="column"><smt-document .panel=${panel}></smt-document></div>`
        : html`<div class="column">${work}</div>`;
    return html`<smt-split
      label="Width of the source"
      .share=${panel.ui.split.source}
      @split=${(event: Event) => panel.keep({ split: { ...panel.ui.split, source: shareOf(event) } })}
    >
      <smt-document slot="first" .panel=${panel}></smt-document>
      <div slot="second" class="column">${work}</div>
    </smt-split>`;
  }

  private samples(): TemplateResult {
    const { panel } = this;
    return html`<smt-filter-bar .panel=${panel} @to-list=${this.toList}></smt-filter-bar>
      <smt-counts .panel=${panel}></smt-counts>
      <smt-split
        label="Size of the list"
        ?vertical=${this.width < WIDE}
        .share=${panel.ui.split.list}
        @split=${(event: Event) => {
          event.stopPropagation();
          panel.keep({ split: { ...panel.ui.split, list: shareOf(event) } });
        }}
      >
        <div slot="first" class="column">
          <smt-action-bar
            .panel=${panel}
            @command=${(event: CustomEvent<ListCommand>) => this.command(event.detail)}
          ></smt-action-bar>
          <smt-sample-list .panel=${panel} @open-details=${() => this.details?.focusDetails()}></smt-sample-list>
        </div>
        <smt-details slot="second" .panel=${panel} @to-list=${this.toList}></smt-details>
      </smt-split>`;
  }

  private foot(): TemplateResult | typeof nothing {
    const { notice } = this.panel;
    if (!notice) return nothing;
    const dismiss = () => {
      this.panel.notice = null;
      this.panel.changed();
    };
    return notice.tone === 'done'
      ? html`<div class="foot">
          ${icon('check')}<span class="grow ellipsis">${notice.text}</span>
          ${
            this.panel.canUndo && this.panel.trusted
              ? html`<button class="link" @click=${() => this.command({ do: 'undo' })}>Undo</button>`
              : nothing
          }
          ${dismissButton(dismiss)}
        </div>`
      : problemFoot(notice.failure, () => void showLog(this.panel), dismiss);
  }

  private readonly toList = (): void => {
    void this.updateComplete.then(() => this.listView?.focusList());
  };

  private command(command: ListCommand): void {
    const around: Surroundings = {
      rowsPerScreen: this.listView?.rowsPerScreen ?? 5,
      focusSearch: () => this.filterBar?.focusSearch(),
      focusDetails: () => this.details?.focusDetails(),
      focusEditor: () => this.details?.focusEditor(),
    };
    void run(this.panel, command, around);
  }

  private press(event: KeyboardEvent): void {
    if (!this.panel.init || this.panel.dialog) return;
    const path = event.composedPath();
    if (path.some((node) => node instanceof HTMLElement && isField(node))) return;
    if (this.panel.audit.open) {
      if (this.auditPane?.press(event)) event.preventDefault();
      return;
    }
    const command = listCommand(event);
    if (!command) return;
    const inList = path.some((node) => node instanceof HTMLElement && node.getAttribute('role') === 'listbox');
    if (!inList && !meansListEverywhere(event) && document.activeElement !== document.body) return;
    event.preventDefault();
    this.command(command);
  }
}

function isField(element: HTMLElement): boolean {
  return element.matches('input, textarea, select, ui-text-field, ui-text-area, [contenteditable]');
}
