import { LitVirtualizer } from '@lit-labs/virtualizer';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import type { AnswerRow } from '../../../src/contract/results.ts';
import { textOf } from '../../controls.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { shareOf } from '../../samples/view/split.ts';
import { shared } from '../../styles.ts';
import { cellName, count, OUTCOMES } from '../state/wording.ts';
import './answerDetail.ts';
import { ViewElement } from './viewElement.ts';

/** Keeps the import of the element (its registration) in the bundle. */
export const Virtualizer = LitVirtualizer;
const TYPING_MS = 250;

/** Every answer: filters, the questions that pass them, and everything behind the chosen one. */
@customElement('smt-answers')
export class AnswersPane extends ViewElement {
  static override styles = [
    shared,
    emptyStateStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .filters {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
        padding: 6px 10px;
        border-bottom: 1px solid var(--line);
      }
      select {
        max-width: 260px;
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
      smt-split {
        flex: 1 1 auto;
        min-height: 0;
      }
      .column {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
      }
      .list {
        flex: 1 1 auto;
        min-height: 0;
      }
      .list:focus-visible {
        outline: none;
      }
      .row {
        width: 100%;
        padding: 5px 10px;
        border-bottom: 1px solid var(--line);
        cursor: pointer;
      }
      .row:hover {
        background: var(--vscode-list-hoverBackground);
      }
      .row[aria-selected='true'] {
        background: var(--vscode-list-inactiveSelectionBackground);
        outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .row[aria-selected='true'] .facts {
        color: inherit;
      }
      .list:focus-visible .row[aria-selected='true'] {
        background: var(--vscode-list-activeSelectionBackground, var(--vscode-list-inactiveSelectionBackground));
        color: var(--vscode-list-activeSelectionForeground, inherit);
        outline: 1px solid var(--vscode-focusBorder);
      }
      .question {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 12px;
        font-size: 12px;
      }
      .total {
        padding: 3px 10px;
        border-bottom: 1px solid var(--line);
        color: var(--muted);
        font-size: 12px;
      }
      smt-answer-detail {
        min-height: 0;
      }
    `,
  ];

  @query('lit-virtualizer') private virtualizer!: LitVirtualizer | null;
  @state() private active = 0;
  private rows: number[] = [];
  private typing: ReturnType<typeof setTimeout> | undefined;

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    if (!view.summary) return nothing;
    return html`${this.filters()}
      <smt-split
        label="Width of the list"
        .share=${view.ui.split}
        @split=${(event: Event) => view.keep({ split: shareOf(event) })}
      >
        <div slot="first" class="column">${this.questions()}</div>
        <smt-answer-detail slot="second" .view=${view}></smt-answer-detail>
      </smt-split>`;
  }

  private filters(): TemplateResult {
    const { view } = this;
    const { summary, pair } = view;
    const { filter } = view.ui;
    const { outcomes } = view.list;
    const pick = (label: string, chosen: string | null, which: 'first' | 'second') =>
      html`<select
        aria-label=${label}
        @change=${(event: Event) => event.target instanceof HTMLSelectElement && view.choosePair({ [which]: event.target.value })}
      >
        ${(summary?.cells ?? []).map(
          (cell) =>
            html`<option value=${cell.id} ?selected=${cell.id === chosen}>
              ${cell.benchmark}: ${summary ? cellName(summary, cell) : ''}
            </option>`,
        )}
      </select>`;
    const chip = (label: string, on: boolean, toggle: () => void, many?: number) =>
      html`<button class="plain" aria-pressed=${on ? 'true' : 'false'} @click=${toggle}>
        ${label}${many === undefined ? nothing : html` <span class="badge">${count(many)}</span>`}
      </button>`;
    const narrowed = [filter.document, filter.type].filter((value) => value !== undefined);
    return html`<div class="filters" role="group" aria-label="Filter answers">
      <span class="muted">First</span> ${pick('First cell', pair.first, 'first')}
      <span class="muted">Second</span> ${pick('Second cell', pair.second, 'second')}
      ${OUTCOMES.map(({ id, label }) =>
        chip(
          label,
          filter.outcomes?.includes(id) ?? false,
          () => {
            const on = filter.outcomes ?? [];
            view.setFilter({ outcomes: on.includes(id) ? on.filter((one) => one !== id) : [...on, id] });
          },
          outcomes?.[id],
        ),
      )}
      ${chip('unparsed', filter.unparsed ?? false, () => view.setFilter({ unparsed: !filter.unparsed }))}
      ${narrowed.map((value) => html`<span class="badge">${value}</span>`)}
      <ui-text-field
        aria-label="Words in question, options or gold"
        placeholder="Words…"
        .value=${filter.text ?? ''}
        @input=${(event: Event) => this.typed(textOf(event))}
      ></ui-text-field>
      ${
        Object.values(filter).some((value) => value !== undefined && value !== false && value !== '')
          ? html`<button class="plain" @click=${() => view.clearFilter()}>${icon('cross', 12)}Clear</button>`
          : nothing
      }
    </div>`;
  }

  private typed(text: string): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.view.setFilter({ text }), TYPING_MS);
  }

  private questions(): TemplateResult {
    const { view } = this;
    const { list } = view;
    if (list.status.is === 'idle' || list.status.is === 'loading') return loadingState('Loading answers…');
    if (list.status.is === 'failed')
      return failedState('The answers could not be read', list.status.failure, () => view.show('answers'));
    if (list.total === 0)
      return emptyState(
        'filter',
        'No question passes this filter',
        'Only questions that both chosen cells answered are listed.',
        html`<ui-button @click=${() => view.clearFilter()}>Clear filters</ui-button>`,
      );
    if (this.rows.length !== list.total) this.rows = Array.from({ length: list.total }, (_, index) => index);
    const chosen = view.ui.question === null ? undefined : list.indexOf(view.ui.question);
    return html`<p class="total" role="status">${count(list.total)} questions</p>
      <lit-virtualizer
        class="list"
        scroller
        role="listbox"
        tabindex="0"
        aria-label="Questions"
        aria-activedescendant=${chosen === undefined ? '' : `row-${chosen}`}
        .items=${this.rows}
        .keyFunction=${(index: unknown) => (typeof index === 'number' ? (list.at(index)?.id ?? index) : 0)}
        .renderItem=${(index: unknown) => this.row(typeof index === 'number' ? index : 0)}
        @rangeChanged=${this.rangeChanged}
        @keydown=${this.key}
        @click=${this.clicked}
      ></lit-virtualizer>`;
  }

  private row(index: number): TemplateResult {
    const { view } = this;
    const row = view.list.at(index);
    if (!row)
      return html`<div class="row" role="option" aria-selected="false" aria-label="Loading" data-index=${index}>…</div>`;
    return html`<div
      class="row"
      id="row-${index}"
      role="option"
      aria-selected=${row.id === view.ui.question ? 'true' : 'false'}
      aria-setsize=${view.list.total}
      aria-posinset=${index + 1}
      data-index=${index}
    >
      <div class="question untrusted">${row.question}</div>
      <div class="facts muted numbers">
        ${this.tally('first', row.first)} ${this.tally('second', row.second)}
        <span class="ellipsis">${row.document ?? ''}</span>${row.type ? html`<span>${row.type}</span>` : nothing}
      </div>
    </div>`;
  }

  private tally(name: string, tally: AnswerRow['first']): TemplateResult | typeof nothing {
    if (!tally) return nothing;
    const right = tally.right * 2 > tally.n;
    return html`<span class="mark ${right ? 'good' : 'bad'}"
      >${icon(right ? 'check' : 'cross', 12)}${name} ${tally.right}/${tally.n}${tally.unparsed > 0 ? `, ${tally.unparsed} unparsed` : ''}</span
    >`;
  }

  private readonly clicked = (event: MouseEvent): void => {
    const row = event
      .composedPath()
      .find((node): node is HTMLElement => node instanceof HTMLElement && node.dataset.index !== undefined);
    if (row) this.choose(Number(row.dataset.index));
  };

  private readonly key = (event: KeyboardEvent): void => {
    const { view } = this;
    const at = (view.ui.question === null ? undefined : view.list.indexOf(view.ui.question)) ?? this.active;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const step = steps[event.key];
    const next =
      step !== undefined ? at + step : event.key === 'Home' ? 0 : event.key === 'End' ? view.list.total - 1 : undefined;
    if (next === undefined) return;
    event.preventDefault();
    const none = view.ui.question === null;
    this.choose(Math.min(Math.max(0, none ? 0 : next), view.list.total - 1));
  };

  private choose(index: number): void {
    this.active = index;
    this.virtualizer?.element(index)?.scrollIntoView({ block: 'nearest' });
    const row = this.view.list.at(index);
    if (row) void this.view.open(row.id);
    else this.view.list.look(index, index);
  }

  private readonly rangeChanged = (event: Event): void => {
    if ('first' in event && 'last' in event && typeof event.first === 'number' && typeof event.last === 'number') {
      this.view.list.look(event.first, event.last);
    }
  };
}
