import { LitVirtualizer } from '@lit-labs/virtualizer';
import { css, html, type TemplateResult } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { generate, showLog } from '../panel/decisions.ts';
import { isUnfiltered } from '../state/filter.ts';
import { STRETCH_ROWS } from '../state/pages.ts';
import { behindTheLog, count, isLive, pauseMeaning, plural, reasonsInWords } from '../state/wording.ts';
import { PanelElement } from './panelElement.ts';
import { sampleCard, sampleCardStyles, skeletonCard } from './sampleCard.ts';

/** Keeps the import of the element (its registration) in the bundle. */
export const Virtualizer = LitVirtualizer;

/**
 * The samples that pass the filter, as cards. A listbox whose options are the rows on the screen: the focus stays on the
 * list and names its active row, so that it survives rows being drawn and taken away while scrolling.
 */
@customElement('smt-sample-list')
export class SampleListView extends PanelElement {
  static override styles = [
    shared,
    emptyStateStyles,
    sampleCardStyles,
    css`
      :host {
        position: relative;
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .list {
        flex: 1 1 auto;
        min-height: 0;
      }
      /* The focus is drawn on the active row. */
      .list:focus-visible {
        outline: none;
      }
      .chip {
        position: absolute;
        z-index: 3;
        left: 50%;
        bottom: 14px;
        transform: translateX(-50%);
        display: inline-flex;
        gap: 6px;
        align-items: center;
        padding: 4px 12px;
        border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent));
        border-radius: 13px;
        background: var(--vscode-button-background);
        color: var(--vscode-button-foreground);
        font: inherit;
        cursor: pointer;
        box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
      }
      .chip:hover {
        background: var(--vscode-button-hoverBackground);
      }
      .stretches {
        display: flex;
        gap: 8px;
        align-items: center;
        justify-content: center;
        padding: 3px;
        border-bottom: 1px solid var(--line);
      }
    `,
  ];

  @query('lit-virtualizer') private virtualizer!: LitVirtualizer | null;

  private rows: number[] = [];
  private visible = { first: 0, last: 0 };
  private revealed: string | null = null;

  override render(): TemplateResult {
    const { list } = this.panel;
    if (list.status.is === 'loading') return loadingState('Loading samples…');
    if (list.status.is === 'failed')
      return failedState(
        'The samples could not be read',
        list.status.failure,
        () => void list.show(this.panel.ui.filter),
        () => void showLog(this.panel),
      );
    if (list.total === 0) return this.nothing();
    if (this.rows.length !== list.rows || this.rows[0] !== list.stretch)
      this.rows = Array.from({ length: list.rows }, (_, at) => list.stretch + at);
    const active = this.panel.selection.active;
    const activeDrawn = active !== null && active.index >= this.visible.first && active.index <= this.visible.last;
    return html`
      ${list.total > STRETCH_ROWS ? this.stretches() : ''}
      <lit-virtualizer
        class="list"
        scroller
        role="listbox"
        tabindex="0"
        aria-label="Samples"
        aria-multiselectable="true"
        aria-activedescendant=${active !== null && activeDrawn ? `row-${active.index}` : ''}
        .items=${this.rows}
        .keyFunction=${(index: unknown) => this.keyOf(index)}
        .renderItem=${(index: unknown) => this.row(index)}
        @rangeChanged=${this.rangeChanged}
        @visibilityChanged=${this.visibilityChanged}
        @mousedown=${(event: MouseEvent) => event.shiftKey && event.preventDefault()}
        @click=${this.clicked}
        @wheel=${this.scrolled}
        @dblclick=${() => this.dispatchEvent(new CustomEvent('open-details'))}
      ></lit-virtualizer>
      ${this.chip()}
    `;
  }

  /** Rows that fit on the screen. */
  get rowsPerScreen(): number {
    return Math.max(1, this.visible.last - this.visible.first);
  }

  focusList(): void {
    this.virtualizer?.focus();
  }

  protected override updated(): void {
    const active = this.panel.selection.active;
    if (active === null || !this.virtualizer || this.panel.list.status.is !== 'ready') return;
    if (active.id === this.revealed || active.index < this.panel.list.stretch) return;
    this.revealed = active.id;
    // Without the person's doing (first load), the list stays at its top.
    if (this.panel.engaged) this.showRow(active.index, 'nearest');
  }

  private keyOf(index: unknown): unknown {
    const at = typeof index === 'number' ? index : 0;
    return this.panel.list.at(at)?.id ?? `row ${at}`;
  }

  private row(index: unknown): TemplateResult {
    const at = typeof index === 'number' ? index : 0;
    const sample = this.panel.list.at(at);
    if (!sample)
      return html`<div role="option" aria-selected="false" aria-label="Loading" class="grow" data-index=${at}>
        ${skeletonCard}
      </div>`;
    const { selection } = this.panel;
    return html`<div
      id="row-${at}"
      role="option"
      data-index=${at}
      aria-selected=${selection.ids.has(sample.id) ? 'true' : 'false'}
      aria-setsize=${this.panel.list.total}
      aria-posinset=${at + 1}
      class="card ${sample.state} ${selection.active?.id === sample.id ? 'active' : ''}"
    >
      ${sampleCard(sample, {
        method: (id) => this.panel.methodLabel(id),
        document: (id) => this.panel.documentTitle(id),
      })}
    </div>`;
  }

  private clicked(event: MouseEvent): void {
    const row = event
      .composedPath()
      .find((node): node is HTMLElement => node instanceof HTMLElement && node.dataset.index !== undefined);
    if (!row) return;
    this.virtualizer?.focus({ preventScroll: true });
    const index = Number(row.dataset.index);
    this.revealed = this.panel.list.at(index)?.id ?? null;
    void this.panel.pick(index, { extend: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
  }

  private scrolled(): void {
    this.panel.engaged = true;
  }

  private rangeChanged(event: Event): void {
    const { first, last } = firstAndLast(event);
    this.panel.list.look(this.panel.list.stretch + first, this.panel.list.stretch + last);
  }

  private visibilityChanged(event: Event): void {
    const { first, last } = firstAndLast(event);
    const { stretch } = this.panel.list;
    this.visible = { first: stretch + first, last: stretch + last };
    if (this.panel.ui.top !== this.visible.first) this.panel.keep({ top: this.visible.first });
    if (this.panel.list.below > 0 && this.visible.last >= this.panel.list.total - 1) {
      this.panel.list.below = 0;
      this.panel.changed();
    }
  }

  private showRow(index: number, block: ScrollLogicalPosition): void {
    this.virtualizer?.element(index - this.panel.list.stretch)?.scrollIntoView({ block });
  }

  private chip(): TemplateResult | string {
    const { list } = this.panel;
    if (list.behind !== null) {
      const text = list.behind.added > 0 ? `${count(list.behind.added)} new` : 'The list changed';
      return html`<button class="chip" @click=${this.catchUp}>${icon('down')}${text} · Show</button>`;
    }
    if (list.below > 0)
      return html`<button class="chip" @click=${this.showBelow}>${icon('down')}${count(list.below)} new</button>`;
    return '';
  }

  private catchUp(): void {
    const { active } = this.panel.selection;
    void this.panel.attempt(async () => {
      const index = await this.panel.list.catchUp(active?.id);
      await this.updateComplete;
      if (index !== undefined) this.showRow(index, 'center');
      this.focusList();
    });
  }

  private showBelow(): void {
    const first = this.panel.list.total - this.panel.list.below;
    this.panel.list.below = 0;
    this.panel.changed();
    this.showRow(first, 'start');
    this.focusList();
  }

  private stretches(): TemplateResult {
    const { list } = this.panel;
    const last = list.stretch + list.rows;
    return html`<div class="stretches">
      <button
        class="plain"
        aria-label="Previous ${count(STRETCH_ROWS)}"
        ?disabled=${list.stretch === 0}
        @click=${() => void list.showStretch(list.stretch - STRETCH_ROWS)}
      >
        ${icon('left')}
      </button>
      <span class="muted numbers">${count(list.stretch + 1)}–${count(last)} of ${count(list.total)}</span>
      <button
        class="plain"
        aria-label="Next ${count(STRETCH_ROWS)}"
        ?disabled=${last >= list.total}
        @click=${() => void list.showStretch(last)}
      >
        ${icon('right')}
      </button>
    </div>`;
  }

  private nothing(): TemplateResult {
    const { panel } = this;
    const { counts } = panel;
    if (!isUnfiltered(panel.ui.filter) && (counts?.total ?? 0) > 0)
      return emptyState(
        'filter',
        'No sample matches this filter',
        `There are ${plural(counts?.total ?? 0, 'sample')} in this project; none of them passes all parts of the filter.`,
        html`<ui-button @click=${() => void panel.setFilter({})}>Clear filters</ui-button>`,
      );
    const running = panel.jobs.find(isLive);
    if (running)
      return emptyState(
        'clock',
        'The first samples are being made',
        `They appear here as they arrive. ${running.message ?? running.phase}`,
      );
    const paused = panel.jobs.find((job) => job.state === 'paused');
    if (paused?.paused)
      return emptyState(
        'pause',
        'Generation is paused',
        `${pauseMeaning(paused.paused.cause)} ${paused.paused.message}`,
        html`<ui-button @click=${() => void showLog(panel)}>Show log</ui-button>`,
      );
    if (counts?.behind)
      return emptyState(
        'warning',
        'The samples are not in the table',
        behindTheLog(counts.behind),
        panel.trusted
          ? html`<ui-button @click=${() => void generate(panel, { what: 'rederive' })}>Make Samples Again</ui-button>`
          : html`<span class="muted">Trust this workspace to make them again.</span>`,
      );
    if ((panel.init?.documents.length ?? 0) === 0)
      return emptyState(
        'file',
        'No documents yet',
        'Samples are made from the documents of this folder, and none could be read. The Corpus view says why.',
      );
    return emptyState(
      'flask',
      'No samples yet',
      `${plural(panel.init?.documents.length ?? 0, 'document')} can be read. Make a few samples first and read them; the estimate for all of them is shown before anything is spent.`,
      panel.trusted
        ? html`<ui-button @click=${() => void generate(panel, { what: 'all' })}>Generate…</ui-button>`
        : html`<span class="muted">Trust this workspace to generate.</span>`,
    );
  }

  /** All samples were rejected: said above the list, with the reasons. */
  static allRejected(reasons: Readonly<Record<string, number>>): string {
    return `Every sample was rejected: ${reasonsInWords(reasons)}.`;
  }
}

function firstAndLast(event: Event): { first: number; last: number } {
  return 'first' in event && 'last' in event && typeof event.first === 'number' && typeof event.last === 'number'
    ? { first: event.first, last: event.last }
    : { first: 0, last: 0 };
}
