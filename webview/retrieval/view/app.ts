import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { pageFrame, problemFoot, titled } from '../../pageFrame.ts';
import { shared } from '../../styles.ts';
import { fieldStyles } from './fieldStyles.ts';
import './indexStrip.ts';
import { qualityStyles, qualityTable } from './qualityTable.ts';
import './sidePane.ts';
import { tuningTable } from './tuningTable.ts';
import { ViewElement } from './viewElement.ts';

/** The whole page: index, question, and one or two settings with what they find. */
@customElement('smt-retrieval')
export class RetrievalApp extends ViewElement {
  static override styles = [
    shared,
    pageFrame,
    emptyStateStyles,
    fieldStyles,
    qualityStyles,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 10px;
        align-items: center;
        padding: 6px 12px;
        border-bottom: 1px solid var(--line);
      }
      h1 {
        font-size: 1.15em;
        font-weight: 600;
      }
      form {
        display: flex;
        gap: 8px;
        align-items: flex-start;
        padding: 8px 12px;
        border-bottom: 1px solid var(--line);
      }
      textarea {
        flex: 1 1 auto;
        min-width: 0;
        min-height: 2.6em;
        resize: vertical;
      }
      .sides {
        display: flex;
        flex: 1 1 auto;
        min-height: 0;
      }
      smt-side + smt-side {
        border-inline-start: 1px solid var(--line);
      }
      @media (max-width: 700px) {
        .sides {
          flex-direction: column;
        }
        smt-side + smt-side {
          border-inline-start: 0;
          border-top: 1px solid var(--line);
        }
      }
    `,
  ];

  @query('textarea') private field!: HTMLTextAreaElement | null;

  override render(): TemplateResult {
    const { view } = this;
    const { session, init } = view;
    if (session.status === 'failed')
      return titled(
        'Retrieval',
        failedState(
          'Retrieval of this project could not be opened',
          session.failure,
          () => void view.start(),
          () => void view.showLog(),
        ),
      );
    if (!init) return titled('Retrieval', loadingState('Opening the retrieval index…'));
    return html`<div class="head">
        <h1>Retrieval</h1>
        <span class="muted ellipsis grow" title=${init.project}>${init.name}</span>
        ${
          view.searchable
            ? html`<button
              class="plain"
              aria-pressed=${view.quality.status === 'ready' ? 'true' : 'false'}
              ?disabled=${view.quality.status === 'loading'}
              title="Recall and MRR of the first setting on benchmarks whose evidence is known"
              @click=${() => void view.measure()}
            >
              ${icon('target')}${view.quality.status === 'loading' ? 'Measuring…' : 'Measure quality'}
            </button>`
            : nothing
        }
        ${
          view.searchable && init.trusted
            ? html`<button
              class="plain"
              title="Build several chunk sizes and measure each in every mode, on the dev split only"
              @click=${() => void view.tune()}
            >
              Tune…
            </button>`
            : nothing
        }
        <button
          class="plain"
          aria-pressed=${view.ui.compare ? 'true' : 'false'}
          title="Search with a second setting beside this one"
          @click=${() => view.setCompare(!view.ui.compare)}
        >
          Compare two settings
        </button>
      </div>
      <smt-index .view=${view}></smt-index>
      ${init.trusted ? this.content() : this.restricted()} ${this.foot()}
      <div class="hidden-text" role="status" aria-live="polite">${view.announcement}</div>`;
  }

  private content(): TemplateResult {
    const { view } = this;
    if (!view.searchable) return this.nothingIndexed();
    return html`<form role="search" @submit=${this.submit}>
        <textarea
          aria-label="Question"
          placeholder="A question, as it would be asked. Enter searches, Shift+Enter breaks the line."
          rows="2"
          .value=${view.ui.query}
          @input=${() => view.keep({ query: this.field?.value ?? '' })}
          @keydown=${this.press}
        ></textarea>
        <ui-button ?disabled=${view.ui.query.trim() === ''} @click=${() => void view.search()}>Search</ui-button>
      </form>
      ${view.quality.status === 'ready' ? qualityTable(view.quality.value) : nothing}
      ${view.init ? tuningTable(view.init.overview.tuning, view.init.overview.settings) : nothing}
      <div class="sides">
        <smt-side .view=${view} .index=${0}></smt-side>
        ${view.ui.compare ? html`<smt-side .view=${view} .index=${1}></smt-side>` : nothing}
      </div>`;
  }

  private nothingIndexed(): TemplateResult {
    const { view } = this;
    const job = view.init?.job;
    const building = job && ['queued', 'preparing', 'running', 'stopping'].includes(job.state);
    return building
      ? emptyState(
          'clock',
          'The index is being built',
          'Questions can be asked as soon as it is complete. You can close this panel; the job goes on.',
        )
      : emptyState(
          'search',
          'There is no retrieval index yet',
          'The documents are split into passages, embedded and indexed once; afterwards only what changed. Full-text search works without any model.',
          html`<ui-button @click=${() => void view.build()}>Build retrieval index…</ui-button>`,
        );
  }

  private restricted(): TemplateResult {
    return emptyState(
      'warning',
      'Restricted mode',
      'Asking a question may send it to an endpoint or start the built-in embedder. Trust this workspace to go on.',
    );
  }

  private foot(): TemplateResult | typeof nothing {
    const { view } = this;
    if (!view.problem) return nothing;
    return problemFoot(
      view.problem,
      () => void view.showLog(),
      () => view.dismiss(),
    );
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    void this.view.search();
  };

  private readonly press = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.view.search();
  };
}
