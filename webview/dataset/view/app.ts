import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { type DatasetManifest, ExportFormat } from '../../../src/contract/dataset.ts';
import { DatasetPanel } from '../../../src/contract/datasetPanel.ts';
import { emptyState, emptyStateStyles, failedState, loadingState } from '../../emptyState.ts';
import { icon } from '../../icons.ts';
import { count, size } from '../../jobs/state/wording.ts';
import { sections } from '../../jobs/view/sections.ts';
import { pageFrame, problemFoot, titled } from '../../pageFrame.ts';
import { shared } from '../../styles.ts';
import './listPane.ts';
import './rowsPane.ts';
import './sharesPane.ts';
import { ViewElement } from './viewElement.ts';

const formatNames: Record<ExportFormat, string> = {
  huggingface: 'Hugging Face folder',
  'trl-text': 'TRL (text)',
  'trl-messages': 'TRL (messages)',
  axolotl: 'axolotl',
  'llama-factory': 'LLaMA-Factory',
  openai: 'OpenAI fine-tuning',
};

/** The whole page: the list beside the chosen set, its shares and its rows. */
@customElement('smt-datasets')
export class DatasetApp extends ViewElement {
  static override styles = [
    shared,
    pageFrame,
    sections,
    emptyStateStyles,
    css`
      .columns {
        display: grid;
        flex: 1 1 auto;
        grid-template-columns: minmax(170px, 230px) minmax(0, 1fr);
        min-height: 0;
      }
      .parts {
        min-height: 0;
        overflow: auto;
      }
      .head {
        padding: 8px 14px 10px;
      }
      h1 {
        font-size: 1.2em;
        font-weight: 600;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
        margin-inline-start: auto;
      }
      select {
        max-width: 190px;
        min-height: 26px;
        border: 1px solid var(--vscode-dropdown-border, var(--line));
        border-radius: var(--radius);
        background: var(--vscode-dropdown-background);
        color: var(--vscode-dropdown-foreground);
        font: inherit;
      }
      select:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      dl.facts {
        margin-top: 8px;
      }
      @media (max-width: 620px) {
        .columns {
          grid-template-columns: minmax(0, 1fr);
          overflow: auto;
        }
      }
    `,
  ];

  override render(): TemplateResult {
    const { view } = this;
    const { session, manifest } = view;
    if (session.status === 'failed')
      return titled(
        'Training sets',
        failedState(
          'The training sets cannot be shown',
          session.failure,
          () => void view.start(),
          () => void view.ask(DatasetPanel.showLog, null),
        ),
      );
    if (session.status !== 'ready') return titled('Training sets', loadingState('Loading training sets…'));
    if (!manifest && view.list.problems.length === 0)
      return titled('Training sets', html`${this.empty()}${this.foot()}`);
    return html`<div class="columns">
        <smt-dataset-list .view=${view}></smt-dataset-list>
        <div class="parts">
          ${manifest ? this.head(manifest) : nothing}
          <smt-dataset-shares .view=${view}></smt-dataset-shares>
          <smt-dataset-rows .view=${view}></smt-dataset-rows>
        </div>
      </div>
      ${this.foot()}`;
  }

  private empty(): TemplateResult {
    const { view } = this;
    return emptyState(
      'flask',
      'No training set yet',
      view.trusted
        ? 'A training set is made of accepted samples, mixed by kind to the token. Nothing is repeated to fill it.'
        : 'This folder is open in Restricted Mode, so none can be built. Trust the folder to build one.',
      view.trusted
        ? html`<ui-button @click=${() => void view.attempt(() => view.ask(DatasetPanel.build, null))}>Build training set</ui-button>`
        : nothing,
    );
  }

  private head(manifest: DatasetManifest): TemplateResult {
    const { view } = this;
    const { name, toy } = manifest;
    return html`<div class="head">
      <div class="bar">
        <h1>${name}</h1>
        ${toy ? html`<span class="badge" title="Samples of the built-in model show how it works; they are not worth training on">built-in model</span>` : nothing}
        <div class="actions">
          ${
            view.trusted
              ? html`<ui-button @click=${() => void view.attempt(() => view.ask(DatasetPanel.train, { name }))}>Train…</ui-button>
                <select
                  aria-label="Export as"
                  @change=${(event: Event) => this.export(event)}
                >
                  <option value="">Export as…</option>
                  ${ExportFormat.options.map((format) => html`<option value=${format}>${formatNames[format]}</option>`)}
                </select>
                <button class="plain" @click=${() => void view.attempt(() => view.ask(DatasetPanel.build, null))}>
                  ${icon('flask')}Build another
                </button>
                <button class="plain" @click=${() => void view.attempt(() => view.ask(DatasetPanel.remove, { name }))}>
                  ${icon('trash')}Delete
                </button>`
              : nothing
          }
          <button class="plain" @click=${() => void view.attempt(() => view.ask(DatasetPanel.openFolder, { name }))}>
            ${icon('open')}Folder
          </button>
        </div>
      </div>
      ${this.facts(manifest)}
    </div>`;
  }

  private facts(manifest: DatasetManifest): TemplateResult {
    const { train, held_out, replay, seed, student, tokenizer, hash, files, settings, budgets, created } = manifest;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const leaks = manifest.left_out?.leak ?? 0;
    return html`<dl class="facts">
      <dt>Training</dt>
      <dd class="numbers">
        ${count(train.tokens)} tokens in ${count(train.rows)} rows; ${count(train.learned_tokens)} learned; rows have
        ${count(train.median)} (median) to ${count(train.longest)} tokens
      </dd>
      <dt>Held out</dt>
      <dd class="numbers">${count(held_out.tokens)} tokens in ${count(held_out.rows)} rows, for eval_loss</dd>
      <dt>Replay</dt>
      <dd class="numbers">
        ${replay ? `${count(replay.tokens)} tokens in ${count(replay.rows)} rows; ${droppedReplay(replay)}` : 'none'}
      </dd>
      ${
        leaks > 0
          ? html`<dt>Left out</dt>
              <dd class="numbers">${count(leaks)} samples that tell an evaluation question</dd>`
          : nothing
      }
      <dt>Student</dt>
      <dd>
        ${student}, tokenizer ${tokenizer.name} <code>${tokenizer.sha256.slice(0, 12)}</code>; texts
        ${tokenizer.begin.length > 0 ? `begin with token ${tokenizer.begin.join(', ')} and ` : ''}end with token ${tokenizer.eos}
      </dd>
      <dt>Made</dt>
      <dd>
        ${new Date(created * 1000).toLocaleString()}, seed ${seed}${budgets.length > 1 ? `, one of the nested budgets ${budgets.map(count).join(' ⊂ ')}` : ''};
        QAs ${settings.render === 'chat' ? 'in the chat template' : 'as plain text'}; ${size(bytes)} in ${files.length} files
      </dd>
      <dt>Hash</dt>
      <dd><code>${hash}</code></dd>
    </dl>`;
  }

  private export(event: Event): void {
    const select = event.currentTarget;
    if (!(select instanceof HTMLSelectElement)) return;
    const format = ExportFormat.safeParse(select.value);
    select.value = '';
    if (format.success) void this.view.export(format.data);
  }

  private foot(): TemplateResult | typeof nothing {
    const { view } = this;
    if (view.problem)
      return problemFoot(
        view.problem,
        () => void view.ask(DatasetPanel.showLog, null),
        () => view.dismissProblem(),
      );
    return view.notice ? html`<p class="hidden-text" role="status">${view.notice}</p>` : nothing;
  }
}

/** What was left out of replay. A set made before the gate says that nobody looked. */
function droppedReplay(replay: NonNullable<DatasetManifest['replay']>): string {
  const { dropped_duplicates, dropped_leaks, evaluation_questions, dropped_control_tokens } = replay;
  return [
    `left out: ${count(dropped_duplicates)} texts that repeat the corpus`,
    dropped_leaks === undefined
      ? 'evaluation questions were not looked for'
      : `${count(dropped_leaks)} that tell one of ${count(evaluation_questions ?? 0)} evaluation questions`,
    ...(dropped_control_tokens ? [`${count(dropped_control_tokens)} with control tokens`] : []),
  ].join(', ');
}
