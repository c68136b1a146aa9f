import { css, html, nothing, type TemplateResult } from 'lit';
import type { Sample } from '../../../src/contract/sample.ts';
import { icon } from '../../icons.ts';
import { count, headline, reasonLabel, reasonMeaning, TOY_MEANING } from '../state/wording.ts';

export const sampleCardStyles = css`
  .card {
    display: flex;
    flex-direction: column;
    gap: 4px;
    width: 100%;
    padding: 9px 14px 10px 12px;
    border-bottom: 1px solid var(--line);
    border-left: 3px solid transparent;
    line-height: 1.42;
    cursor: default;
  }
  .card.rejected .question {
    font-weight: 400;
  }
  .card:hover {
    background: var(--vscode-list-hoverBackground);
  }
  .card[aria-selected='true'] {
    background: var(--vscode-list-inactiveSelectionBackground);
    color: var(--vscode-list-inactiveSelectionForeground, var(--vscode-foreground));
    outline: 1px dotted var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  .card.active {
    border-left-color: var(--vscode-focusBorder);
  }
  .list:focus .card.active,
  .list:focus-within .card.active {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .card .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 3px 9px;
    min-height: 18px;
  }
  .card .from {
    flex: 1 1 60px;
    min-width: 0;
    text-align: end;
    font-size: 11px;
  }
  /* The head of the panel says it in words; here the picture with its tooltip is enough. */
  .card .toy-word {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .card .question {
    font-weight: 600;
    font-size: 1.06em;
  }
  .card .strategy {
    font-style: italic;
  }
  .clamp {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    line-clamp: 3;
  }
  .clamp.two {
    -webkit-line-clamp: 2;
    line-clamp: 2;
  }
  .card .answer {
    display: flex;
    gap: 7px;
  }
  .card .answer .arrow {
    flex: none;
    color: var(--vscode-testing-iconPassed, var(--vscode-charts-green));
    font-weight: 600;
  }
  .card[aria-selected='true'] .muted,
  .card:hover .muted {
    color: inherit;
  }
  .card .why {
    font-size: 0.94em;
  }
  .skeleton {
    height: 96px;
    border-bottom: 1px solid var(--line);
    padding: 12px 14px;
  }
  .skeleton span {
    display: block;
    height: 10px;
    margin-bottom: 10px;
    border-radius: 5px;
    background: var(--vscode-list-hoverBackground);
  }
  .skeleton span:nth-child(1) {
    width: 26%;
  }
  .skeleton span:nth-child(2) {
    width: 78%;
  }
  .skeleton span:nth-child(3) {
    width: 55%;
  }
`;

/** The marks of a sample, as words with a picture: never by colour alone. */
export function sampleMarks(sample: Sample): TemplateResult {
  return html`
    ${
      sample.state === 'accepted'
        ? html`<span class="mark good">${icon('check', 12)}Accepted</span>`
        : html`<span class="mark bad" title=${reasonMeaning(sample.reason ?? '')}
          >${icon('cross', 12)}${sample.reason ? reasonLabel(sample.reason) : 'Rejected'}</span
        >`
    }
    ${sample.reviewed ? html`<span class="mark" title="A person decided">${icon('person', 12)}Reviewed</span>` : nothing}
    ${
      sample.original !== undefined
        ? html`<span class="mark" title="A person changed the text; the original is kept">${icon('edit', 12)}Edited</span>`
        : nothing
    }
    ${
      sample.stale
        ? html`<span class="mark warn" title="The document changed after this was made; it is left out of mixtures"
          >${icon('clock', 12)}Stale</span
        >`
        : nothing
    }
    ${
      sample.toy
        ? html`<span class="mark toy" title=${TOY_MEANING}>${icon('flask', 12)}<span class="toy-word">Very small model</span></span>`
        : nothing
    }
  `;
}

export interface CardNames {
  method: (id: string) => string;
  document: (id: string) => string;
}

/** What stands in the list for one sample. Everything in it is untrusted text, written as text. */
export function sampleCard(sample: Sample, names: CardNames): TemplateResult {
  return html`
    <div class="head">
      <span class="badge">${names.method(sample.method)}</span>
      ${sampleMarks(sample)}
      <span class="from muted ellipsis" title=${names.document(sample.document)}>${names.document(sample.document)}</span>
    </div>
    <div class="body">${sample.kind === 'qa' ? qaBody(sample) : documentBody(sample)}</div>
    ${sample.state === 'rejected' && sample.detail ? html`<div class="why muted untrusted clamp two">${sample.detail}</div>` : nothing}
  `;
}

function qaBody(sample: Sample): TemplateResult {
  return html`
    <div class="question untrusted clamp">${headline(sample)}</div>
    ${sample.explanation ? html`<div class="muted untrusted clamp two">${sample.explanation}</div>` : nothing}
    ${
      sample.answer
        ? html`<div class="answer"><span class="arrow" aria-hidden="true">→</span><span class="hidden-text">Answer: </span
          ><span class="untrusted clamp">${sample.answer}</span></div>`
        : nothing
    }
  `;
}

function documentBody(sample: Sample): TemplateResult {
  // A strategy can be a page long; its first line is its name.
  const strategy = sample.strategy?.split('\n').find((line) => line.trim().length > 0);
  return html`
    ${
      sample.query_text
        ? html`<div class="question untrusted clamp two"><span class="hidden-text">For the question: </span>${sample.query_text}</div>`
        : nothing
    }
    ${
      strategy
        ? html`<div class="${sample.query_text ? 'strategy' : 'question'} untrusted clamp two">${strategy}</div>`
        : nothing
    }
    <div class="untrusted clamp ${strategy || sample.query_text ? 'muted' : ''}">${sample.text ?? ''}</div>
  `;
}

export const skeletonCard = html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`;

export function tokensInWords(sample: Sample): string {
  return `${count(sample.tokens)} tokens`;
}
