import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Retrieved } from '../../../src/contract/retrievalRpc.ts';
import type { Failure } from '../../../src/contract/rpcConnection.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { count, plural } from '../../samples/state/wording.ts';
import { shared } from '../../styles.ts';
import { chunkingKey, chunkingLabel, otherChunkings, rankOnOtherSide, type Side } from '../state/sides.ts';
import { chunkCard, chunkCardStyles } from './chunkCard.ts';
import { fieldStyles } from './fieldStyles.ts';
import { ViewElement } from './viewElement.ts';

const MODES = { hybrid: 'Hybrid', vector: 'Vector', text: 'Full text (BM25)' } as const;

/** One setting and what it finds. */
@customElement('smt-side')
export class SidePane extends ViewElement {
  static override styles = [
    shared,
    emptyStateStyles,
    fieldStyles,
    chunkCardStyles,
    css`
      :host {
        display: flex;
        flex: 1 1 0;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
      }
      .settings {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 14px;
        padding: 7px 12px;
        border-bottom: 1px solid var(--line);
      }
      input {
        width: 5em;
      }
      .notes {
        padding: 6px 12px;
        border-bottom: 1px solid var(--line);
        color: var(--muted);
      }
      .notes li {
        display: flex;
        gap: 6px;
      }
      .list {
        flex: 1 1 auto;
        overflow: auto;
      }
      .list.stale {
        opacity: 0.6;
      }
    `,
  ];

  @property({ type: Number }) index: 0 | 1 = 0;
  /** Ids of the passages that are shown whole. */
  @state() private whole: ReadonlySet<string> = new Set();
  /** Rank of the card that Tab reaches. */
  @state() private active = 1;

  override render(): TemplateResult {
    const found = this.view.found[this.index];
    const value = valueIn(found);
    return html`${this.settings()} ${value ? this.notes(value) : nothing}
      ${found.status === 'failed' ? this.failed(found.failure) : value ? this.list(value, found.status === 'stale') : this.waiting(found.status === 'loading')}`;
  }

  private settings(): TemplateResult | typeof nothing {
    const overview = this.view.init?.overview;
    if (!overview) return nothing;
    const { settings } = overview;
    const side = this.view.ui.sides[this.index];
    const change = (part: Partial<Side>) => this.view.setSide(this.index, part);
    const chunkings = otherChunkings(overview);
    const chosen = side.chunking ? chunkingKey(side.chunking.unit, side.chunking.size, side.chunking.overlap) : '';
    return html`<div class="settings" role="group" aria-label=${this.label}>
      <label
        >Search
        <select .value=${side.mode ?? ''} @change=${(event: Event) => change({ mode: modeOf(textIn(event)) })}>
          <option value="" ?selected=${side.mode === null}>${MODES[settings.mode]} (smt.yaml)</option>
          ${Object.entries(MODES).map(
            ([mode, name]) => html`<option value=${mode} ?selected=${side.mode === mode}>${name}</option>`,
          )}
        </select></label
      >
      <label
        >Passages
        <input
          type="number"
          min="1"
          max="100"
          .value=${String(side.top_k ?? settings.top_k)}
          @change=${(event: Event) => change({ top_k: wholeNumber(textIn(event)) })}
      /></label>
      <label
        >Chunks
        <select
          .value=${chosen}
          @change=${(event: Event) => {
            const key = textIn(event);
            const picked = chunkings.find(({ unit, size, overlap }) => chunkingKey(unit, size, overlap) === key);
            change({ chunking: picked ? { unit: picked.unit, size: picked.size, overlap: picked.overlap } : null });
          }}
        >
          <option value="" ?selected=${chosen === ''}>
            ${chunkingLabel(settings.chunk_unit, settings.chunk_size, settings.chunk_overlap)} (smt.yaml)
          </option>
          ${chunkings.map(({ unit, size, overlap }) => {
            const key = chunkingKey(unit, size, overlap);
            return html`<option value=${key} ?selected=${chosen === key}>${chunkingLabel(unit, size, overlap)}</option>`;
          })}
        </select></label
      >
    </div>`;
  }

  private get label(): string {
    return this.view.ui.compare ? (this.index === 0 ? 'First setting' : 'Second setting') : 'Setting';
  }

  private notes({ notes, mode, chunks, ms }: Retrieved): TemplateResult {
    return html`<ul class="notes">
      <li class="numbers">${plural(chunks.length, 'passage')}, ${MODES[mode]}, ${count(Math.round(ms))} ms</li>
      ${notes.map((note) => html`<li>${icon('info')}<span>${note}</span></li>`)}
    </ul>`;
  }

  private list({ chunks }: Retrieved, stale: boolean): TemplateResult {
    if (chunks.length === 0)
      return emptyState(
        'search',
        'Nothing found',
        'No passage holds a word of this question. Ask it with other words, or search by vectors.',
      );
    const others = this.view.otherSide(this.index);
    return html`<ol class="list ${stale ? 'stale' : ''}" aria-label="Passages, best first" @keydown=${this.press}>
      ${repeat(
        chunks,
        ({ id }) => id,
        (chunk) =>
          chunkCard(chunk, {
            whole: this.whole.has(chunk.id),
            elsewhere: others ? (rankOnOtherSide(chunk, others) ?? null) : undefined,
            focusable: chunk.rank === Math.min(this.active, chunks.length),
            open: () => void this.view.openSource(chunk),
            toggle: () => this.toggle(chunk.id),
          }),
      )}
    </ol>`;
  }

  private waiting(loading: boolean): TemplateResult {
    return loading
      ? loadingState('Searching…')
      : emptyState(
          'search',
          'Ask a question',
          'The passages that the RAG baseline would put into the prompt appear here, best first, with the score of every stage. In a prompt the best one stands last.',
        );
  }

  private failed(failure: Failure): TemplateResult {
    const buildable = failure.code === 'no_index' || failure.code === 'builtin';
    if (!buildable)
      return failedState(
        'This search did not work',
        failure,
        () => void this.view.search(),
        () => void this.view.showLog(),
      );
    return emptyState(
      'search',
      'This setting is not indexed',
      failure.message,
      html`<ui-button @click=${() => void this.view.build(this.index)}>Build it…</ui-button>`,
    );
  }

  private toggle(id: string): void {
    const whole = new Set(this.whole);
    if (!whole.delete(id)) whole.add(id);
    this.whole = whole;
  }

  /** Arrow keys go from passage to passage, Enter opens the source. */
  private readonly press = (event: KeyboardEvent): void => {
    const chunks = valueIn(this.view.found[this.index])?.chunks ?? [];
    const onCard = event.target instanceof HTMLElement && event.target.matches('.card');
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      Home: -chunks.length,
      End: chunks.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.active = Math.max(1, Math.min(chunks.length, this.active + step));
      void this.updateComplete.then(() => {
        const card = this.renderRoot.querySelector(`.card[data-rank="${this.active}"]`);
        if (card instanceof HTMLElement) card.focus();
      });
    } else if (event.key === 'Enter' && onCard) {
      const chunk = chunks[this.active - 1];
      if (chunk) void this.view.openSource(chunk);
    }
  };
}

function textIn(event: Event): string {
  const { currentTarget } = event;
  return currentTarget instanceof HTMLSelectElement || currentTarget instanceof HTMLInputElement
    ? currentTarget.value
    : '';
}

function modeOf(value: string): Side['mode'] {
  return value === 'hybrid' || value === 'vector' || value === 'text' ? value : null;
}

/** Null (as smt.yaml says) for what is no number of passages. */
function wholeNumber(text: string): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= 100 ? value : null;
}
