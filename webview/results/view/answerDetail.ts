import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { promptOrder } from '../../../src/contract/evaluation.ts';
import type { AnswerDetail, ShownAnswer, ShownChunk } from '../../../src/contract/results.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { shared } from '../../styles.ts';
import { cellName, count } from '../state/wording.ts';
import './taughtBy.ts';
import { ViewElement } from './viewElement.ts';

/** Everything behind one question: options, gold, each answer raw and parsed, passages, the judge, the samples. */
@customElement('smt-answer-detail')
export class AnswerDetailPane extends ViewElement {
  static override styles = [
    shared,
    emptyStateStyles,
    css`
      :host {
        display: block;
        overflow: auto;
        padding: 10px 14px 32px;
      }
      h2 {
        margin: 0 0 8px;
        font-size: 1.05em;
        font-weight: 600;
        line-height: 1.45;
      }
      h3 {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
        margin: 16px 0 4px;
        font-size: 1em;
        font-weight: 600;
      }
      .options li {
        display: flex;
        gap: 6px;
        padding: 1px 0;
      }
      .options .letter {
        flex: none;
        width: 2.2em;
      }
      .gold {
        font-weight: 600;
      }
      details {
        border-bottom: 1px solid var(--line);
      }
      summary {
        padding: 4px 0;
        cursor: pointer;
      }
      summary .mark {
        font-size: inherit;
      }
      pre,
      .text {
        margin: 0 0 6px;
        padding: 6px 8px;
        border: 1px solid var(--vscode-contrastBorder, transparent);
        background: var(--vscode-textCodeBlock-background);
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 12px;
        line-height: 1.45;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .text {
        font-family: inherit;
      }
      mark {
        background: var(--vscode-editor-findMatchHighlightBackground, transparent);
        color: inherit;
        outline: 1px solid var(--vscode-editor-findMatchHighlightBorder, transparent);
        text-decoration: underline;
        text-decoration-thickness: 2px;
      }
      .id {
        color: var(--muted);
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 11px;
      }
    `,
  ];

  override render(): TemplateResult {
    const { view } = this;
    if (view.ui.question === null)
      return emptyState('question', 'No question chosen', 'Choose one on the left: every answer to it is shown here.');
    const detail = valueIn(view.detail);
    if (!detail)
      return view.detail.status === 'failed'
        ? failedState(
            'The answers could not be read',
            view.detail.failure,
            () => void view.open(view.ui.question ?? ''),
          )
        : loadingState('Loading the answers…');
    const { question } = detail;
    return html`<h2 class="untrusted">${question.context ? html`<span class="muted">${question.context} </span>` : nothing}${question.question}</h2>
      <p class="muted">${question.benchmark}${question.type ? `, ${question.type}` : ''}${question.document ? html`, ${this.source(question.document)}` : ', document unknown'}</p>
      ${question.choices ? this.options(question.choices, question.gold_choice, promptOrder(question)) : html`<p>Gold: <span class="gold untrusted">${question.gold}</span></p>`}
      ${detail.evidence.map(
        ({ document, start, end, text }) =>
          html`<h3>Gold evidence ${this.source(document, start, end)}</h3>
            <p class="text untrusted">${text ?? 'The document changed: the passage cannot be shown.'}</p>`,
      )}
      ${detail.cells.map((cell) => this.cell(cell))}
      <smt-taught-by .view=${view}></smt-taught-by>`;
  }

  private options(choices: readonly string[], gold: number | undefined, order: string | undefined): TemplateResult {
    return html`<ol class="options" aria-label="Options">
      ${choices.map(
        (choice, at) =>
          html`<li class=${at === gold ? 'gold' : ''}>
            <span class="letter">${String.fromCharCode(65 + at)}.</span><span class="untrusted">${choice}</span>
            ${at === gold ? html`<span class="mark good">${icon('check', 12)}gold</span>` : nothing}
          </li>`,
      )}
    </ol>
    ${order === undefined ? nothing : html`<p class="muted">${order}</p>`}`;
  }

  private source(document: string, start?: number, end?: number): TemplateResult {
    const { view } = this;
    const title = view.init?.documents.find(({ id }) => id === document)?.title ?? document;
    const place = { document, ...(start === undefined || end === undefined ? {} : { start, end }) };
    return html`<button
      class="link"
      title="Open the document"
      @click=${() => void view.attempt(() => view.ask(ResultsPage.openSource, place))}
    >
      ${title}
    </button>`;
  }

  private cell({ cell: id, answers, chunks }: AnswerDetail['cells'][number]): TemplateResult {
    const { view } = this;
    const cell = view.cell(id);
    const right = answers.filter(({ correct }) => correct).length;
    return html`<section aria-label=${cell && view.summary ? cellName(view.summary, cell) : 'Cell'}>
      <h3>
        ${cell && view.summary ? cellName(view.summary, cell) : ''}
        <span class="muted numbers">${right} of ${answers.length} right</span>
      </h3>
      ${answers.map((answer, at) => this.answer(answer, at, answers.length))}
      ${chunks && chunks.length > 0 ? this.chunks(chunks) : nothing}
    </section>`;
  }

  private answer(answer: ShownAnswer, at: number, all: number): TemplateResult {
    // With a judge it is the verdict that could not be read: no answer that cannot be is sent to one.
    const judged = answer.judge !== undefined;
    const said = answer.parsed || judged ? (answer.answer ?? '(empty)') : 'unparsed: counts as wrong';
    const verdict = !answer.parsed ? 'neither yes nor no, counts as wrong' : answer.correct ? 'right' : 'wrong';
    return html`<details ?open=${all === 1}>
      <summary>
        <span class="mark ${answer.correct ? 'good' : 'bad'}"
          >${icon(answer.correct ? 'check' : 'cross', 12)}${answer.correct ? 'right' : 'wrong'}</span
        >
        ${at + 1}: <span class="untrusted">${said}</span>
      </summary>
      ${answer.reasoning ? html`<p class="label">Thinking</p><pre class="untrusted">${answer.reasoning}</pre>` : nothing}
      <pre class="untrusted">${answer.raw ?? answer.error ?? 'The log does not have this answer (any more).'}</pre>
      ${
        answer.judge
          ? html`<p class="label">Judge: ${verdict}</p>
              ${answer.judge.reasoning ? html`<pre class="untrusted">${answer.judge.reasoning}</pre>` : nothing}
              <pre class="untrusted">${answer.judge.raw ?? answer.judge.error ?? 'The log does not have this verdict.'}</pre>`
          : nothing
      }
      <p class="id">${answer.finish_reason ? `finish_reason ${answer.finish_reason}, ` : ''}request ${answer.request}</p>
    </details>`;
  }

  private chunks(chunks: readonly ShownChunk[]): TemplateResult {
    const hit = chunks.filter(({ evidence }) => evidence.length > 0).length;
    return html`<details>
      <summary>
        ${count(chunks.length)} retrieved passages, best last: ${hit > 0 ? `${hit} with gold evidence` : 'none holds the gold evidence'}
      </summary>
      ${chunks.map(
        (chunk, at) =>
          html`<p class="label">${at + 1}. ${this.source(chunk.document, chunk.start, chunk.end)}</p>
            <p class="text untrusted">${chunk.text === null ? 'The document changed: the passage cannot be shown.' : marked(chunk.text, chunk.evidence)}</p>`,
      )}
    </details>`;
  }
}

/** A text with stretches marked. `stretches` ascend. */
export function marked(text: string, stretches: readonly (readonly [number, number])[]): TemplateResult {
  let at = 0;
  const parts: (string | TemplateResult)[] = [];
  for (const [start, end] of stretches) {
    const from = Math.max(at, start);
    if (end <= from) continue;
    parts.push(text.slice(at, from), html`<mark>${text.slice(from, end)}</mark>`);
    at = end;
  }
  return html`${parts}${text.slice(at)}`;
}
