import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { showLog } from '../panel/decisions.ts';
import type { DocumentText } from '../panel/inspected.ts';
import { piecesOf, type Segment, segmentsOf } from '../state/passages.ts';
import { documentHeader, documentHeaderStyles, type Mark } from './documentHeader.ts';
import { PanelElement } from './panelElement.ts';

/** The source document's text, with the passage of the active sample marked and in sight. */
@customElement('smt-document')
export class DocumentPane extends PanelElement {
  static override styles = [
    shared,
    emptyStateStyles,
    documentHeaderStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .banner {
        display: flex;
        gap: 6px;
        align-items: center;
        padding: 5px 10px;
        border-bottom: 1px solid var(--line);
        background: var(--vscode-inputValidation-warningBackground, transparent);
        color: var(--vscode-inputValidation-warningForeground, inherit);
      }
      .text {
        flex: 1 1 auto;
        min-height: 0;
        overflow: auto;
        padding: 10px 18px 40vh 18px;
        line-height: 1.58;
        outline-offset: -2px;
      }
      .column {
        max-width: 76ch;
        margin: 0 auto;
      }
      .segment {
        content-visibility: auto;
        contain-intrinsic-size: auto 460px;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .page {
        display: flex;
        align-items: center;
        gap: 8px;
        margin: 14px 0 8px;
        color: var(--muted);
        font-size: 11px;
        white-space: nowrap;
        user-select: none;
      }
      .page::before,
      .page::after {
        content: '';
        flex: 1 1 auto;
        border-top: 1px solid var(--line);
      }
      mark {
        border-radius: 2px;
        background: var(--vscode-editor-findMatchHighlightBackground);
        color: inherit;
        outline: 1px solid var(--vscode-editor-findMatchHighlightBorder, transparent);
        box-decoration-break: clone;
      }
      mark.window {
        background: var(--vscode-editor-rangeHighlightBackground, var(--vscode-list-hoverBackground));
        outline-color: var(--vscode-editor-rangeHighlightBorder, transparent);
      }
    `,
  ];

  @query('.text') private scroller!: HTMLElement | null;
  @query('mark') private firstMark!: HTMLElement | null;
  @state() private picked: { start: number; end: number } | null = null;

  private segments: { of: DocumentText; cut: Segment[] } | null = null;
  private scrolledTo = '';

  override render(): TemplateResult {
    const { panel } = this;
    const { text } = panel.inspected;
    return html`${documentHeader(panel, this.mark(), this.picked, () => this.filterToPassage())}
    ${this.staleBanner()}
    ${
      text.status === 'failed'
        ? failedState(
            'The document could not be read',
            text.failure,
            () => void panel.inspected.reread(),
            () => void showLog(panel),
          )
        : text.status === 'idle'
          ? emptyState('file', 'No document', 'Choose a sample or a document to read its text here.')
          : text.status === 'loading'
            ? loadingState('Loading the document…')
            : this.body(text.value.document)
    }`;
  }

  private filterToPassage(): void {
    const { document } = this.panel.inspected;
    if (!this.picked || document === null) return;
    void this.panel.setFilter({ ...this.panel.ui.filter, documents: [document], range: this.picked });
    this.picked = null;
  }

  private staleBanner(): TemplateResult | typeof nothing {
    if (!this.movedOn()) return nothing;
    return html`<div class="banner">
      ${icon('clock')}<span>This document changed after the sample was made, so its passage cannot be shown exactly.</span>
    </div>`;
  }

  /** The text on disk is not the one the active sample was made from. */
  private movedOn(): boolean {
    const sample = valueIn(this.panel.inspected.lineage)?.sample;
    const shown = valueIn(this.panel.inspected.text);
    return sample !== undefined && shown?.id === sample.document && sample.document_hash !== shown.document.text_hash;
  }

  private mark(): Mark | null {
    const lineage = valueIn(this.panel.inspected.lineage);
    const shown = valueIn(this.panel.inspected.text);
    if (!lineage || !shown || lineage.document.id !== shown.id || this.movedOn()) return null;
    if (lineage.sample.source) return { ...lineage.sample.source, window: false };
    const { start, end } = lineage.document;
    // A window that is the whole document says nothing.
    return start === 0 && end >= shown.document.text.length ? null : { start, end, window: true };
  }

  private body(document: DocumentText): TemplateResult {
    if (document.text.trim().length === 0)
      return emptyState('file', 'No text', 'Nothing could be extracted from this document.');
    if (this.segments?.of !== document)
      this.segments = { of: document, cut: segmentsOf(document.text, document.pages) };
    const { cut } = this.segments;
    const mark = this.mark();
    return html`<div
      class="text"
      tabindex="0"
      role="region"
      aria-label="Source text"
      @mouseup=${this.pick}
      @keyup=${this.pick}
    >
      <div class="column">
        ${guard([document, mark?.start, mark?.end, mark?.window], () =>
          cut.map((segment) => this.segment(document.text, segment, mark)),
        )}
      </div>
    </div>`;
  }

  private segment(text: string, segment: Segment, mark: Mark | null): TemplateResult {
    const pieces = piecesOf(text, segment, mark);
    // Written without spaces between the tags: the text keeps its white space.
    return html`${segment.page ? html`<div class="page">Page ${segment.page}</div>` : nothing}<div
        class="segment"
        data-start=${segment.start}
        >${pieces.map((piece) =>
          piece.marked ? html`<mark class=${mark?.window ? 'window' : 'passage'}>${piece.text}</mark>` : piece.text,
        )}</div
      >`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const shown = valueIn(this.panel.inspected.text);
    const mark = this.mark();
    const goal = `${shown?.id ?? ''} ${mark?.start ?? ''} ${mark?.end ?? ''}`;
    if (goal === this.scrolledTo || !this.scroller) return;
    const otherDocument = !this.scrolledTo.startsWith(`${shown?.id ?? ''} `);
    this.scrolledTo = goal;
    const element = this.firstMark;
    if (!element) {
      if (otherDocument) this.scroller.scrollTop = 0;
      return;
    }
    const block = mark?.window ? 'start' : 'center';
    element.scrollIntoView({ block });
    // Pieces above are laid out only now that they are near: settle on the exact place.
    requestAnimationFrame(() => {
      if (element.isConnected) element.scrollIntoView({ block });
    });
  }

  /** Text selected with mouse or keyboard, as offsets into the document. */
  private pick(): void {
    const root = this.shadowRoot;
    const selection = document.getSelection();
    const ranges = selection && root ? selection.getComposedRanges?.({ shadowRoots: [root] }) : undefined;
    const range = ranges?.[0];
    if (!range || range.collapsed) {
      this.picked = null;
      return;
    }
    const start = offsetIn(range.startContainer, range.startOffset);
    const end = offsetIn(range.endContainer, range.endOffset);
    this.picked = start !== null && end !== null && end > start ? { start, end } : null;
  }
}

/** Offset into the document's text of a place inside a segment. */
function offsetIn(node: Node, offset: number): number | null {
  const element = node instanceof Element ? node : node.parentElement;
  const segment = element?.closest<HTMLElement>('.segment');
  const start = segment?.dataset.start;
  if (!segment || start === undefined) return null;
  const before = document.createRange();
  before.selectNodeContents(segment);
  before.setEnd(node, offset);
  return Number(start) + before.toString().length;
}
