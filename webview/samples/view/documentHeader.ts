import { css, html, nothing, type TemplateResult } from 'lit';
import { textOf } from '../../controls.ts';
import { icon } from '../../icons.ts';
import { valueIn } from '../../resource.ts';
import { generate, openSource } from '../panel/decisions.ts';
import type { SamplesPanel } from '../panel/samplesPanel.ts';
import { pageAt } from '../state/passages.ts';
import { count, percent } from '../state/wording.ts';

/** The passage that is marked in the text. */
export interface Mark {
  start: number;
  end: number;
  /** The whole window that the prompt held, when the method does not know the passage more exactly. */
  window: boolean;
}

export const documentHeaderStyles = css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 6px;
        padding: 5px 8px;
        border-bottom: 1px solid var(--line);
      }
      select {
        flex: 1 1 120px;
        min-width: 0;
        height: 26px;
        padding: 0 4px;
        border: 1px solid var(--vscode-dropdown-border, var(--line));
        border-radius: var(--radius);
        background: var(--vscode-dropdown-background);
        color: var(--vscode-dropdown-foreground);
        font: inherit;
        text-overflow: ellipsis;
      }
      select:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 10px;
        width: 100%;
        font-size: 11px;
      }
      .facts details {
        display: inline;
      }
      .facts summary {
        cursor: pointer;
        text-decoration: underline dotted;
      }
      .facts details p {
        max-width: 60ch;
        padding: 4px 0;
        line-height: 1.45;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 12px;
        width: 100%;
        font-size: 11px;
      }
`;

/**
 * Which document is shown and what was made from it, with the duplicate rate as the sign to stop, and ways to more.
 * @param picked text selected by the person, as offsets
 */
export function documentHeader(
  panel: SamplesPanel,
  mark: Mark | null,
  picked: { start: number; end: number } | null,
  filterToPassage: () => void,
): TemplateResult {
  const shown = panel.inspected.document;
  const facts = panel.counts?.documents.find((document) => document.document === shown);
  const pages = valueIn(panel.inspected.text)?.document.pages;
  const only = shown !== null && panel.ui.filter.documents?.length === 1 && panel.ui.filter.documents[0] === shown;
  return html`<header>
      <select aria-label="Document" @change=${(event: Event) => panel.showDocument(textOf(event))}>
        ${panel.documents.map(
          (one) => html`<option value=${one.id} ?selected=${one.id === shown} .selected=${one.id === shown}>
            ${one.title}
          </option>`,
        )}
      </select>
      <button
        class="plain"
        title="Show only samples of this document"
        aria-pressed=${only ? 'true' : 'false'}
        ?disabled=${shown === null}
        @click=${() =>
          void panel.setFilter({
            ...panel.ui.filter,
            documents: only || shown === null ? undefined : [shown],
            range: undefined,
          })}
      >
        ${icon('filter')}<span class="hidden-text">Only this document</span>
      </button>
      <button
        class="plain"
        title="Open the file (o)"
        ?disabled=${shown === null}
        @click=${() => shown !== null && void openSource(panel, shown, mark)}
      >
        ${icon('open')}<span>Open file</span>
      </button>
      <div class="facts muted numbers">
        ${
          pages && mark
            ? html`<span>Page ${pageAt(pages, mark.start)} of ${pages.length}</span>`
            : pages
              ? html`<span>${pages.length} pages</span>`
              : nothing
        }
        ${
          facts
            ? html`<span>${count(facts.accepted)} accepted, ${count(facts.rejected)} rejected</span>`
            : html`<span>No samples yet</span>`
        }
        ${facts?.stale ? html`<span>${count(facts.stale)} stale</span>` : nothing}
        ${
          facts && facts.duplicate_rate !== null
            ? html`<details>
              <summary>Duplicate questions ${percent(facts.duplicate_rate, facts.duplicate_rate < 0.1 ? 1 : 0)}</summary>
              <p>
                Of the questions made for this document, this share repeated an earlier one and was rejected. When it
                keeps rising, the document has given what it can: more requests mostly buy repeats, so stop here or
                switch to rewrites.
              </p>
            </details>`
            : nothing
        }
      </div>
      <div class="actions">
        ${
          shown !== null && panel.trusted
            ? html`<button
                class="link"
                @click=${() => void generate(panel, { what: 'questions', document: shown })}
              >More questions</button>
              <button
                class="link"
                @click=${() => void generate(panel, { what: 'rewrites', document: shown })}
              >More rewrites</button>
              <button
                class="link"
                @click=${() => {
                  panel.dialog = { show: 'question', document: shown };
                  panel.changed();
                }}
              >Ask your own question…</button>`
            : nothing
        }
        ${
          picked && shown !== null
            ? html`<button class="link" @click=${() => filterToPassage()}>Samples of the selected text</button>`
            : nothing
        }
      </div>
    </header>`;
}
