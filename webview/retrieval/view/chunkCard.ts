import { css, html, nothing, type TemplateResult } from 'lit';
import type { RetrievedChunk } from '../../../src/contract/retrieval.ts';
import { icon } from '../../icons.ts';
import { count } from '../../samples/state/wording.ts';
import { stagesOf } from '../state/sides.ts';

export const chunkCardStyles = css`
  .card {
    padding: 9px 12px 10px;
    border-bottom: 1px solid var(--line);
    line-height: 1.45;
  }
  .card:hover {
    background: var(--vscode-list-hoverBackground);
  }
  .card:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .card .head {
    display: flex;
    flex-wrap: wrap;
    gap: 3px 9px;
    align-items: center;
  }
  .card h2 {
    font-size: 1em;
    font-weight: 600;
  }
  .stages {
    display: flex;
    flex-wrap: wrap;
    gap: 3px 12px;
    margin: 3px 0 5px;
    color: var(--muted);
    font-size: 12px;
  }
  .stages dt,
  .stages dd {
    display: inline;
  }
  .stages dd {
    color: var(--vscode-foreground);
  }
  .card .text {
    margin-top: 3px;
  }
  .card .text.short {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 5;
    line-clamp: 5;
  }
`;

export interface CardOptions {
  whole: boolean;
  /** Rank of the same passage on the other side; null: it is not there; undefined: there is no other side. */
  elsewhere: number | null | undefined;
  focusable: boolean;
  open: () => void;
  toggle: () => void;
}

/** A found passage: place, score of every stage, text. */
export function chunkCard(chunk: RetrievedChunk, options: CardOptions): TemplateResult {
  const place = `${chunk.page === undefined ? '' : `page ${chunk.page}, `}characters ${count(chunk.start)}–${count(chunk.end)}`;
  const long = chunk.text.length > 400;
  return html`<li
    class="card"
    tabindex=${options.focusable ? 0 : -1}
    aria-label=${`${chunk.rank}. ${chunk.title}, ${place}`}
    data-rank=${chunk.rank}
  >
    <div class="head">
      <span class="badge" aria-hidden="true">${chunk.rank}</span>
      <h2 class="untrusted">${chunk.title}</h2>
      <span class="muted grow ellipsis" title=${chunk.document}>${chunk.document} · ${place}</span>
      ${
        options.elsewhere === undefined
          ? nothing
          : html`<span class="mark ${options.elsewhere === null ? 'warn' : 'muted'}"
            >${options.elsewhere === null ? 'only here' : `other side: #${options.elsewhere}`}</span
          >`
      }
      <button class="plain" title="Open the document at this passage" @click=${options.open}>${icon('open')}Source</button>
    </div>
    <dl class="stages numbers">
      ${stagesOf(chunk).map(
        ({ name, score, rank, meaning }) =>
          html`<div title=${meaning}><dt>${name}</dt> <dd>${score} (#${rank})</dd></div>`,
      )}
    </dl>
    <p class="text untrusted ${options.whole || !long ? '' : 'short'}">${chunk.text}</p>
    ${
      long
        ? html`<button class="link" aria-expanded=${options.whole ? 'true' : 'false'} @click=${options.toggle}>
          ${options.whole ? 'Show less' : 'Show all'}
        </button>`
        : nothing
    }
  </li>`;
}
