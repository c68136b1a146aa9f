import { css, html, type nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ChatPanel, type Exchange } from '../../../src/contract/conversation.ts';
import { icon } from '../../icons.ts';
import { chunkCard, chunkCardStyles } from '../../retrieval/view/chunkCard.ts';
import { shared } from '../../styles.ts';
import { isGoing } from '../panel/talk.ts';
import { answeringInWords } from '../state/talkWording.ts';
import { ViewElement } from './viewElement.ts';

/** A question, the model's answer as far as it is written, and the passages that stood in the prompt. */
@customElement('smt-exchange')
export class ExchangeElement extends ViewElement {
  static override styles = [
    shared,
    chunkCardStyles,
    css`
      :host {
        display: block;
      }
      .turn {
        margin-bottom: 6px;
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
      .below {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 10px;
        align-items: center;
        margin-top: 3px;
        font-size: 12px;
      }
      .problem {
        margin-top: 3px;
        padding: 4px 8px;
        border: 1px solid var(--vscode-inputValidation-errorBorder, var(--line));
        background: var(--vscode-inputValidation-errorBackground, transparent);
        color: var(--vscode-inputValidation-errorForeground, inherit);
      }
      details {
        margin-bottom: 6px;
      }
      summary {
        padding: 3px 10px;
        cursor: pointer;
      }
      .notes {
        padding: 2px 10px;
        color: var(--muted);
        font-size: 12px;
      }
      .card {
        border-bottom: 0;
        border-top: 1px solid var(--line);
      }
    `,
  ];

  @property({ attribute: false }) exchange!: Exchange;
  /** Passages that are shown whole. */
  @state() private whole: ReadonlySet<string> = new Set();

  override render(): TemplateResult {
    const { question, grounding, answer, answering } = this.exchange;
    return html`<div class="turn user">
        <span class="who label">You${grounding === 'rag' ? ', with retrieval' : ', closed-book'}</span>
        <span class="untrusted">${question}</span>
      </div>
      <div class="turn model" aria-busy=${isGoing(answering.state) ? 'true' : 'false'}>
        <span class="who label">Model</span>
        <span class="untrusted answer">${answer}</span>
        ${this.below()}
      </div>
      ${this.passages()}`;
  }

  private below(): TemplateResult | typeof nothing {
    const { exchange, view } = this;
    const { answering } = exchange;
    if (answering.state !== 'failed') return html`<p class="below muted numbers">${answeringInWords(exchange)}</p>`;
    return html`<div class="below problem" role="alert">
      <span class="mark bad">${icon('warning')}</span>
      <span class="grow untrusted">${answering.message} ${answering.hint ?? ''}</span>
      <button
        class="plain"
        ?disabled=${view.talk.going !== undefined}
        @click=${() => void view.attempt(() => view.talk.ask(exchange.question, exchange.grounding))}
      >
        ${icon('again')}Ask again
      </button>
    </div>`;
  }

  private passages(): TemplateResult | typeof nothing {
    const { passages, notes } = this.exchange;
    const said = notes.map((note) => html`<p class="notes untrusted">${note}</p>`);
    if (passages.length === 0) return html`${said}`;
    return html`<details>
        <summary>${passages.length} passage${passages.length === 1 ? '' : 's'} shown to the model, best first</summary>
        <ol>
          ${passages.map((chunk) =>
            chunkCard(chunk, {
              whole: this.whole.has(chunk.id),
              elsewhere: undefined,
              focusable: false,
              open: () => void this.openSource(chunk),
              toggle: () => this.toggle(chunk.id),
            }),
          )}
        </ol>
      </details>
      ${said}`;
  }

  private async openSource({ document, start, end }: Exchange['passages'][number]): Promise<void> {
    await this.view.attempt(() => this.view.ask(ChatPanel.openSource, { document, start, end }));
  }

  private toggle(id: string): void {
    const whole = new Set(this.whole);
    if (!whole.delete(id)) whole.add(id);
    this.whole = whole;
  }
}
