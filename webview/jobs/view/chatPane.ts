import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { ChatPanel, type Grounding } from '../../../src/contract/conversation.ts';
import { textOf } from '../../controls.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { announced, indexInWords } from '../state/talkWording.ts';
import { isLive } from '../state/wording.ts';
import './exchangeView.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

const GROUNDINGS: readonly { value: Grounding; label: string; title: string }[] = [
  {
    value: 'closed_book',
    label: 'Closed-book',
    title: 'The model answers from its weights alone: it is sent your words and nothing of the documents',
  },
  {
    value: 'rag',
    label: 'With retrieval',
    title: 'Passages of your documents, found by the project’s own retrieval, stand in the prompt beside your question',
  },
];

/** A talk with a served checkpoint, closed-book or with retrieval; the answer is shown as it is written. */
@customElement('smt-chat')
export class ChatPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
      }
      .talk {
        max-width: 760px;
      }
      .turns {
        margin: 8px 0;
      }
      .index {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 10px;
        align-items: center;
        margin: 6px 0;
        font-size: 12px;
        line-height: 1.5;
      }
      .words {
        flex: 1 1 20ch;
      }
      form {
        display: flex;
        gap: 8px;
        align-items: end;
      }
      label {
        flex: 1 1 auto;
      }
      textarea {
        display: block;
        width: 100%;
        min-height: 54px;
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
    `,
  ];

  /** The form was in sight before an answer grew: then it stays in sight. */
  private followed = false;

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    const { job, talk } = view;
    if (job?.kind !== 'serve') return nothing;
    return html`<section aria-labelledby="chat">
      <div class="talk">
        <div class="bar">
          <h2 id="chat">Chat with the checkpoint</h2>
          ${this.groundings()}
        </div>
        ${this.about()}
        <div class="turns">
          ${repeat(
            talk.exchanges,
            ({ id }) => id,
            (exchange) => html`<smt-exchange .view=${view} .exchange=${exchange}></smt-exchange>`,
          )}
        </div>
        <p class="hidden-text" role="status">${announced(talk.exchanges.at(-1))}</p>
        ${this.form()}
      </div>
    </section>`;
  }

  private groundings(): TemplateResult {
    const { view } = this;
    return html`<div class="switch" role="group" aria-label="What answers rest on">
      ${GROUNDINGS.map(
        ({ value, label, title }) =>
          html`<button
            class="plain"
            title=${title}
            aria-pressed=${view.ui.grounding === value ? 'true' : 'false'}
            @click=${() => view.setGrounding(value)}
          >
            ${label}
          </button>`,
      )}
    </div>`;
  }

  /** What an answer rests on, where the model stands, and what is in the way. */
  private about(): TemplateResult {
    const { view } = this;
    const { job, talk } = view;
    const standing =
      job && isLive(job)
        ? this.ready
          ? ''
          : 'The model is being loaded; then you can ask.'
        : 'The server is not running any more. Run it again to go on.';
    if (talk.view.status === 'failed')
      return html`<p class="index" role="alert">
        <span class="mark bad">${icon('warning')}</span>
        <span class="untrusted">${talk.view.failure.message} ${talk.view.failure.hint ?? ''}</span>
        <button class="plain" @click=${() => void talk.open()}>${icon('again')}Try again</button>
      </p>`;
    if (view.ui.grounding === 'closed_book')
      return html`<p class="index muted">
        The model answers from its weights alone. Closing this panel stops the server. ${standing}
      </p>`;
    const index = valueIn(talk.view)?.index;
    if (!index) return html`<p class="index muted">Looking at the retrieval index…</p>`;
    const { words, usable, build } = indexInWords(index);
    const fits = index.state === 'ready';
    return html`<div class="index">
      <span class="mark ${fits ? 'good' : 'warn'}">${icon(fits ? 'check' : 'warning')}</span>
      <span class="words ${usable ? 'muted' : ''}">${words} ${standing}</span>
      ${
        build && view.init?.trusted
          ? html`<button
              class="plain"
              @click=${() => void view.attempt(() => view.ask(ChatPanel.buildIndex, null))}
            >
              ${icon('search')}${build}
            </button>`
          : nothing
      }
    </div>`;
  }

  private form(): TemplateResult {
    const { view } = this;
    const { talk, ui } = view;
    const going = talk.going !== undefined;
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.say();
      }}
    >
      <label
        ><span class="label">Your question</span>
        <textarea
          maxlength="8000"
          aria-keyshortcuts="Enter Escape"
          .value=${ui.draft}
          ?disabled=${!this.ready}
          @input=${(event: Event) => view.setDraft(textOf(event))}
          @keydown=${(event: KeyboardEvent) => this.pressed(event)}
        ></textarea>
      </label>
      ${
        going
          ? html`<ui-button appearance="secondary" title="Stop writing (Escape)" @click=${() => void this.stop()}>
              Stop
            </ui-button>`
          : html`<ui-button ?disabled=${!this.mayAsk} @click=${() => void this.say()}>Ask</ui-button>`
      }
      <button
        class="plain"
        type="button"
        ?disabled=${talk.exchanges.length === 0}
        @click=${() => void this.clear()}
      >
        ${icon('again')}New chat
      </button>
    </form>`;
  }

  /** The model can be asked now. */
  private get ready(): boolean {
    const { job, snapshot, talk, init } = this.view;
    return (
      (init?.trusted ?? false) &&
      job !== undefined &&
      isLive(job) &&
      snapshot?.endpoint != null &&
      talk.view.status === 'ready'
    );
  }

  private get mayAsk(): boolean {
    const { ui, talk } = this.view;
    const index = valueIn(talk.view)?.index;
    const searchable = ui.grounding === 'closed_book' || (index !== undefined && indexInWords(index).usable);
    return this.ready && searchable && talk.going === undefined && ui.draft.trim() !== '';
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.view.talk.going) {
      event.preventDefault();
      void this.stop();
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.say();
  }

  private async say(): Promise<void> {
    const { view } = this;
    if (!this.mayAsk) return;
    this.focusQuestion();
    const question = view.ui.draft.trim();
    view.setDraft('');
    this.followed = true;
    const begun = await view.attempt(async () => {
      await view.talk.ask(question, view.ui.grounding);
      return true;
    });
    // A question that was not taken goes back where it was typed.
    if (!begun && view.ui.draft === '') view.setDraft(question);
  }

  private async stop(): Promise<void> {
    this.focusQuestion();
    await this.view.attempt(() => this.view.talk.stop());
  }

  private async clear(): Promise<void> {
    this.focusQuestion();
    await this.view.attempt(() => this.view.talk.clear());
  }

  /** What was pressed is replaced or disabled by what it does: the keyboard goes on in the field, not nowhere. */
  private focusQuestion(): void {
    this.renderRoot.querySelector('textarea')?.focus();
  }

  protected override willUpdate(): void {
    super.willUpdate();
    if (this.hasUpdated) this.followed ||= this.formInSight();
  }

  protected override updated(): void {
    if (this.followed && this.view.talk.going) {
      this.renderRoot.querySelector('form')?.scrollIntoView({ block: 'nearest' });
    }
    this.followed = false;
  }

  private formInSight(): boolean {
    const form = this.renderRoot.querySelector('form')?.getBoundingClientRect();
    return form !== undefined && form.bottom <= window.innerHeight + 4;
  }
}
