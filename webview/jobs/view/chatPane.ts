import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { type ChatTurn, JobPanel } from '../../../src/contract/jobPanel.ts';
import { textOf } from '../../controls.ts';
import { icon } from '../../samples/view/icons.ts';
import { shared } from '../../samples/view/styles.ts';
import { isLive } from '../state/wording.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

/** A talk with a served checkpoint, closed-book: the model is sent these words and nothing of the corpus. */
@customElement('smt-chat')
export class ChatPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    css`
      :host {
        display: block;
      }
      .turns {
        display: grid;
        gap: 8px;
        max-width: 760px;
        margin: 8px 0;
      }
      .turn {
        padding: 6px 10px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        line-height: 1.5;
      }
      .turn.user {
        background: var(--vscode-editorWidget-background);
      }
      .who {
        display: block;
      }
      form {
        display: flex;
        gap: 8px;
        align-items: end;
        max-width: 760px;
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

  @state() private words = '';
  @state() private turns: readonly ChatTurn[] = [];
  @state() private waiting = false;

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    const { job, snapshot } = view;
    if (job?.kind !== 'serve') return nothing;
    const ready = snapshot?.endpoint != null && isLive(job);
    return html`<section aria-labelledby="chat">
      <h2 id="chat">Chat with the checkpoint, closed-book</h2>
      <p class="muted">
        ${
          ready
            ? 'The model answers from its weights alone. Closing this panel stops the server.'
            : isLive(job)
              ? 'The model is being loaded; then you can ask.'
              : 'The server is not running any more. Run it again to go on.'
        }
      </p>
      <div class="turns" aria-live="polite">
        ${this.turns.map(
          ({ role, content }) =>
            html`<div class=${`turn ${role}`}>
              <span class="who label">${role === 'user' ? 'You' : 'Model'}</span>
              <span class="untrusted">${content}</span>
            </div>`,
        )}
        ${this.waiting ? html`<p class="muted" role="status">The model is writing…</p>` : nothing}
      </div>
      <form
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.say();
        }}
      >
        <label
          ><span class="label">Your question</span>
          <textarea
            maxlength="8000"
            .value=${this.words}
            ?disabled=${!ready}
            @input=${(event: Event) => {
              this.words = textOf(event);
            }}
            @keydown=${(event: KeyboardEvent) => {
              if (event.key !== 'Enter' || event.shiftKey) return;
              event.preventDefault();
              void this.say();
            }}
          ></textarea>
        </label>
        <ui-button ?disabled=${!ready || this.waiting || this.words.trim() === ''} @click=${() => void this.say()}>
          Ask
        </ui-button>
        <button
          class="plain"
          type="button"
          ?disabled=${this.turns.length === 0}
          @click=${() => {
            this.turns = [];
          }}
        >
          ${icon('again')}New chat
        </button>
      </form>
    </section>`;
  }

  private async say(): Promise<void> {
    const { view } = this;
    const content = this.words.trim();
    if (content === '' || this.waiting || !view.snapshot?.endpoint) return;
    this.turns = [...this.turns, { role: 'user', content }];
    this.words = '';
    this.waiting = true;
    const asked = this.turns;
    const answer = await view.attempt(() => view.ask(JobPanel.say, { run: view.ui.run, turns: [...asked] }));
    this.waiting = false;
    // A failed question goes back where it was typed.
    if (answer) this.turns = [...this.turns, { role: 'assistant', content: answer.text }];
    else {
      this.turns = asked.slice(0, -1);
      this.words = content;
    }
  }
}
