import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import { RejectionReason } from '../../../src/contract/sample.ts';
import type { SampleFilter } from '../../../src/contract/samplesView.ts';
import { textOf } from '../../controls.ts';
import { icon } from '../../icons.ts';
import { activeParts, toggled, withState } from '../state/filter.ts';
import { count, reasonLabel, reasonMeaning } from '../state/wording.ts';
import { type Choice, chosen } from './choiceMenu.ts';
import './choiceMenu.ts';
import { shared } from '../../styles.ts';
import { PanelElement } from './panelElement.ts';

const SEARCH_MS = 250;

/** Narrows the list: search, state, method, document, reason, reviewed, stale; every choice with its count. */
@customElement('smt-filter-bar')
export class FilterBar extends PanelElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--line);
      }
      .bar,
      .chips {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 6px;
        padding: 5px 8px;
      }
      .chips {
        padding-top: 0;
      }
      ui-text-field {
        flex: 1 1 160px;
        max-width: 340px;
      }
      .states {
        display: inline-flex;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      .states button {
        border-radius: 3px;
      }
      .chip {
        display: inline-flex;
        align-items: center;
        gap: 4px;
        max-width: 260px;
        padding: 1px 4px 1px 8px;
        border: 1px solid var(--line);
        border-radius: 10px;
        background: none;
        color: inherit;
        font: inherit;
        font-size: 12px;
        cursor: pointer;
      }
      .chip:hover {
        background: var(--vscode-toolbar-hoverBackground);
      }
    `,
  ];

  @query('ui-text-field') private field!: HTMLElement | null;
  private typing: ReturnType<typeof setTimeout> | undefined;

  override render(): TemplateResult {
    const { panel } = this;
    const { filter } = panel.ui;
    const { counts } = panel;
    const parts = activeParts(filter, {
      method: (id) => panel.methodLabel(id),
      document: (id) => panel.documentTitle(id),
      reason: reasonLabel,
    });
    return html`<div class="bar" role="search" aria-label="Filter samples">
        <ui-text-field
          placeholder="Search the samples  ( / )"
          aria-label="Search the samples"
          maxlength="500"
          .value=${filter.text ?? ''}
          @input=${this.typed}
          @keydown=${this.keyInSearch}
          ><span slot="start" class="muted">${icon('search')}</span></ui-text-field
        >
        <div class="states" role="group" aria-label="State">
          ${this.stateButton(undefined, 'All', counts?.total)}
          ${this.stateButton('accepted', 'Accepted', counts?.accepted)}
          ${this.stateButton('rejected', 'Rejected', counts?.rejected)}
        </div>
        ${this.menu('Method', this.methodChoices(), (id) => toggled(filter, 'methods', id))}
        ${this.menu('Document', this.documentChoices(), (id) => toggled(filter, 'documents', id))}
        ${
          filter.state === 'accepted'
            ? nothing
            : this.menu('Reason', this.reasonChoices(), (id) => toggled(filter, 'reasons', id))
        }
        ${this.menu('Review', this.reviewChoices(), (id) => this.reviewed(id))}
      </div>
      ${
        parts.length === 0 && !filter.text
          ? nothing
          : html`<div class="chips">
            ${parts.map(
              (part) => html`<button
                class="chip"
                title="Remove this part of the filter"
                @click=${() => void panel.setFilter(part.without)}
              >
                <span class="ellipsis">${part.label}</span>${icon('cross', 11)}
              </button>`,
            )}
            <button class="link" @click=${() => void panel.setFilter({})}>Clear filters</button>
          </div>`
      }`;
  }

  focusSearch(): void {
    this.field?.focus();
  }

  private stateButton(state: SampleFilter['state'], label: string, many: number | undefined): TemplateResult {
    const { filter } = this.panel.ui;
    return html`<button
      class="plain"
      aria-pressed=${filter.state === state ? 'true' : 'false'}
      @click=${() => void this.panel.setFilter(withState(filter, state))}
    >
      ${label} <span class="numbers">${many === undefined ? '' : count(many)}</span>
    </button>`;
  }

  private menu(label: string, choices: Choice[], next: (id: string) => SampleFilter): TemplateResult {
    return html`<smt-choice-menu
      .label=${label}
      .choices=${choices}
      @choose=${(event: Event) => void this.panel.setFilter(next(chosen(event)))}
    ></smt-choice-menu>`;
  }

  private methodChoices(): Choice[] {
    const { counts, ui, init } = this.panel;
    const known = new Map(init?.methods.map((method) => [method.id, method.label]));
    for (const method of counts?.methods ?? []) known.set(method.method, method.label);
    return [...known].map(([id, label]) => {
      const made = counts?.methods.find((method) => method.method === id);
      return {
        id,
        label,
        count: (made?.accepted ?? 0) + (made?.rejected ?? 0),
        on: ui.filter.methods?.includes(id) ?? false,
      };
    });
  }

  private documentChoices(): Choice[] {
    const { counts, ui, documents } = this.panel;
    const made = new Map(counts?.documents.map((one) => [one.document, one.accepted + one.rejected]));
    return documents.map(({ id, title }) => ({
      id,
      label: title,
      count: made.get(id) ?? 0,
      on: ui.filter.documents?.includes(id) ?? false,
    }));
  }

  private reasonChoices(): Choice[] {
    const { counts, ui } = this.panel;
    return RejectionReason.options
      .map((id) => ({
        id,
        label: reasonLabel(id),
        meaning: reasonMeaning(id),
        count: counts?.reasons[id] ?? 0,
        on: ui.filter.reasons?.includes(id) ?? false,
      }))
      .filter((choice) => choice.count > 0 || choice.on);
  }

  private reviewChoices(): Choice[] {
    const { counts, ui } = this.panel;
    const total = counts?.total ?? 0;
    const reviewed = counts?.reviewed ?? 0;
    return [
      { id: 'reviewed', label: 'Reviewed', count: reviewed, on: ui.filter.reviewed === true },
      { id: 'unreviewed', label: 'Not reviewed', count: total - reviewed, on: ui.filter.reviewed === false },
      {
        id: 'stale',
        label: 'Stale',
        meaning: 'The document changed after the sample was made.',
        count: counts?.stale ?? 0,
        on: ui.filter.stale === true,
      },
    ];
  }

  private reviewed(id: string): SampleFilter {
    const { filter } = this.panel.ui;
    if (id === 'stale') return { ...filter, stale: filter.stale ? undefined : true };
    const wanted = id === 'reviewed';
    return { ...filter, reviewed: filter.reviewed === wanted ? undefined : wanted };
  }

  private typed(event: Event): void {
    const text = textOf(event);
    clearTimeout(this.typing);
    this.typing = setTimeout(() => void this.panel.setFilter({ ...this.panel.ui.filter, text }), SEARCH_MS);
  }

  private keyInSearch(event: KeyboardEvent): void {
    if (event.key !== 'Enter' && event.key !== 'Escape' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape' && this.panel.ui.filter.text) {
      clearTimeout(this.typing);
      void this.panel.setFilter({ ...this.panel.ui.filter, text: undefined });
    } else this.dispatchEvent(new CustomEvent('to-list'));
  }
}
