import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { Footnotes } from '../../../src/contract/footnotes.ts';
import { type HarnessRow, harnessFigure, standsWith } from '../../../src/contract/harness.ts';
import { modelLines } from '../../../src/contract/modelLines.ts';
import type { Comparison, FourCells, ResultCell, ResultsSummary } from '../../../src/contract/results.ts';
import { scalingGroups } from '../../../src/contract/scalingGroups.ts';
import { icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import {
  ABOUT,
  cellName,
  count,
  fourKey,
  fourName,
  interval,
  modelName,
  percent,
  plural,
  pointInterval,
  points,
  pValue,
  verdict,
} from '../state/wording.ts';
import './importedPane.ts';
import './scalingPane.ts';
import { coversStyles, footnoteLines, railPlot, tableStyles } from './tables.ts';
import { ViewElement } from './viewElement.ts';

/** The verdict: four cells with intervals and n, paired differences, the scaling curve, the guard rail, all cells. */
@customElement('smt-verdict')
export class VerdictPane extends ViewElement {
  static override styles = [
    shared,
    tableStyles,
    coversStyles,
    css`
      :host {
        display: block;
        overflow: auto;
        padding: 12px 16px 32px;
      }
      section {
        max-width: 1100px;
        margin: 0 0 22px;
      }
      h2 {
        margin: 0 0 6px;
        font-size: 1.1em;
        font-weight: 600;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
        margin: 0 0 12px;
      }
      select {
        max-width: 100%;
        padding: 3px 6px;
        border: 1px solid var(--vscode-dropdown-border, var(--line));
        border-radius: var(--radius);
        background: var(--vscode-dropdown-background);
        color: var(--vscode-dropdown-foreground);
        font: inherit;
      }
      select:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      tbody th {
        min-width: 230px;
      }
      .warnings li {
        display: flex;
        gap: 6px;
        align-items: baseline;
        margin: 0 0 4px;
      }
      .warnings svg {
        flex: none;
        align-self: center;
        color: var(--vscode-editorWarning-foreground, var(--vscode-charts-yellow));
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    const { summary, four } = view;
    if (!summary) return nothing;
    return html`
      ${summary.warnings.length > 0 ? this.warnings(summary.warnings) : nothing}
      ${summary.judges.length > 0 ? this.judges(summary.judges) : nothing}
      ${four ? this.fourCells(summary, four) : nothing} ${this.compareAny(summary)}
      ${scalingGroups(summary.scaling).map((group) => html`<smt-scaling .view=${view} .group=${group}></smt-scaling>`)}
      ${this.guardRail(summary, four)} ${this.allCells(summary)}
      ${summary.imported.length > 0 ? html`<smt-imported .view=${view}></smt-imported>` : nothing}
    `;
  }

  private warnings(texts: readonly string[]): TemplateResult {
    return html`<section aria-label="What to know first">
      <ul class="warnings">
        ${texts.map((text) => html`<li>${icon('warning')}<span>${text}</span></li>`)}
      </ul>
    </section>`;
  }

  private judges(texts: readonly string[]): TemplateResult {
    return html`<section aria-label="Judge and people">
      ${texts.map((text) => html`<p class="covers">${text}</p>`)}
    </section>`;
  }

  private fourCells(summary: ResultsSummary, four: FourCells): TemplateResult {
    const { view } = this;
    const rows = [
      [`${modelName(summary, four.base)}, closed-book`, four.base_closed_book],
      [`${modelName(summary, four.base)} + RAG`, four.base_rag],
      ['Trained, closed-book', four.trained_closed_book],
      ['Trained + RAG', four.trained_rag],
    ] as const;
    const rag = view.cell(four.base_rag);
    const level = rag ? { level: rag.accuracy } : {};
    const footnotes = new Footnotes();
    return html`<section>
      <div class="bar">
        <h2 class="grow">${fourName(summary, four)}</h2>
        ${
          summary.fours.length > 1
            ? html`<select
              aria-label="Benchmark and model"
              @change=${(event: Event) => event.target instanceof HTMLSelectElement && view.chooseFour(event.target.value)}
            >
              ${summary.fours.map(
                (other) =>
                  html`<option value=${fourKey(other)} ?selected=${fourKey(other) === fourKey(four)}>
                    ${fourName(summary, other)}
                  </option>`,
              )}
            </select>`
            : nothing
        }
      </div>
      <div class="scroll">
        <table>
          <caption class="hidden-text">Four cells: accuracy with its 95 % interval over documents</caption>
          <thead>
            <tr>
              <th scope="col">Cell</th>
              <th scope="col" class="figure">Accuracy</th>
              <th scope="col" class="figure">95 % over documents</th>
              <th scope="col" class="figure">decoding</th>
              <th scope="col" class="figure">n</th>
              <th scope="col" class="figure">parsed</th>
              <th scope="col">0 – 100 %${rag ? ', dashed: base + RAG' : ''}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(([label, id]) => this.cellRow(label, view.cell(id), level, four.model, footnotes))}
          </tbody>
        </table>
      </div>
      ${footnoteLines(footnotes)}
      <p class="covers">
        Interval: bootstrap over documents, 10,000 resamples: how far the figure would move with other documents and
        questions. It does not cover other training seeds. p: paired
        bootstrap; McNemar: majorities, questions taken as independent. “decoding” is a t interval over the answers of each question:
        decoding noise only. n is questions × answers a question.
        ${rag ? html`One run over ${count(rag.questions)} questions could tell ±${(rag.one_run_half_width * 100).toFixed(1)} points apart (binomial).` : nothing}
      </p>
      ${this.differences(summary, four.comparisons)}
    </section>`;
  }

  private cellRow(
    label: string | TemplateResult,
    cell: ResultCell | undefined,
    level: { level?: number },
    model: string | null,
    footnotes: Footnotes,
  ): TemplateResult {
    if (!cell) {
      return html`<tr>
        <th scope="row">${label}</th>
        <td colspan="6" class="muted">
          ${model === null && typeof label === 'string' && label.startsWith('Trained') ? 'no trained model is evaluated' : 'not evaluated yet'}
        </td>
      </tr>`;
    }
    const asked =
      cell.questions < cell.questions_total
        ? `${count(cell.questions)} of ${count(cell.questions_total)}`
        : count(cell.questions);
    return html`<tr>
      <th scope="row">
        ${label}${footnotes.after(...(cell.notes ?? []))}${cell.live ? html` <span class="badge">running</span>` : nothing}${cell.toy ? html` <span class="badge">toy model</span>` : nothing}
        ${cell.judge && !cell.judge.validated ? html` <span class="badge">judge not validated</span>` : nothing}
      </th>
      <td class="figure"><strong>${percent(cell.accuracy)}</strong></td>
      <td class="figure">
        ${cell.ci95 ? interval(cell.ci95) : html`<span class="sub">not enough: ${cell.not_enough}</span>`}${footnotes.after(cell.ci95_note)}
      </td>
      <td class="figure sub">${cell.ci95_decoding ? interval(cell.ci95_decoding) : '–'}</td>
      <td class="figure">${asked} × ${Number(cell.n.toFixed(1))}</td>
      <td class="figure">${percent(cell.parse_rate)}</td>
      <td class="drawn">
        ${railPlot({ value: cell.accuracy, ci95: cell.ci95, trained: cell.model !== 'base' }, { from: 0, to: 1, ...level })}
      </td>
    </tr>`;
  }

  private differences(summary: ResultsSummary, ids: readonly string[]): TemplateResult | typeof nothing {
    const found = ids.flatMap((id) => summary.comparisons.find((comparison) => comparison.id === id) ?? []);
    return found.length === 0 ? nothing : this.differenceTable('Differences on the same questions', found);
  }

  private differenceTable(caption: string, comparisons: readonly Comparison[]): TemplateResult {
    const footnotes = new Footnotes();
    return html`<div class="scroll">
      <table>
        <caption>${caption}</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="figure">Points</th>
            <th scope="col" class="figure">95 % over documents</th>
            <th scope="col" class="figure">p</th>
            <th scope="col" class="figure">questions</th>
            <th scope="col">−50 … +50 points</th>
          </tr>
        </thead>
        <tbody>
          ${comparisons.map((comparison) => this.differenceRow(comparison, footnotes))}
        </tbody>
      </table>
    </div>
    ${footnoteLines(footnotes)}`;
  }

  private differenceRow(comparison: Comparison, footnotes: Footnotes): TemplateResult {
    const about = html`${ABOUT[comparison.about]}<br /><span class="sub">${this.titleOf(comparison)}</span>`;
    if (comparison.kind === 'not_comparable') {
      return html`<tr>
        <th scope="row">${about}</th>
        <td colspan="5">No difference is shown: ${comparison.reason}. <span class="muted">${comparison.hint}</span></td>
      </tr>`;
    }
    const { delta, ci95, p, questions, documents, mcnemar, note, ci95_note } = comparison;
    return html`<tr>
      <th scope="row">
        ${about}<br /><span class="sub"
          >${verdict(comparison)} McNemar: ${mcnemar.second_only} gained, ${mcnemar.first_only} lost, ${pValue(mcnemar.p)}.</span
        >
      </th>
      <td class="figure"><strong>${points(delta)}</strong></td>
      <td class="figure">${ci95 ? pointInterval(ci95) : '–'}${footnotes.after(ci95_note, note)}</td>
      <td class="figure">${pValue(p)}</td>
      <td class="figure">
        <button class="link" @click=${() => this.openPair(comparison)} title="Show the answers behind this">
          ${count(questions)}</button
        ><br /><span class="sub">of ${count(documents)} documents</span>
      </td>
      <td class="drawn">${railPlot({ value: delta, ci95, trained: true }, { from: -0.5, to: 0.5, level: 0 })}</td>
    </tr>`;
  }

  private titleOf({ first, second }: Comparison): string {
    const { summary } = this.view;
    const [one, other] = [this.view.cell(first), this.view.cell(second)];
    return summary && one && other ? `${cellName(summary, other)} − ${cellName(summary, one)}` : '';
  }

  private openPair({ first, second }: Comparison): void {
    this.view.keep({ first: second, second: first });
    this.view.openAnswers({});
  }

  /** Any two cells, as a person picks them. */
  private compareAny(summary: ResultsSummary): TemplateResult | typeof nothing {
    const { view } = this;
    if (summary.cells.length < 2) return nothing;
    const { first, second } = view.pair;
    const choose = (label: string, chosen: string | null, which: 'first' | 'second') =>
      html`<select
        aria-label=${label}
        @change=${(event: Event) => event.target instanceof HTMLSelectElement && view.choosePair({ [which]: event.target.value })}
      >
        ${summary.cells.map(
          (cell) =>
            html`<option value=${cell.id} ?selected=${cell.id === chosen}>
              ${cell.benchmark}: ${cellName(summary, cell)}${cell.scoring === 'generate' ? '' : `, ${cell.scoring.replaceAll('_', ' ')}`}
            </option>`,
        )}
      </select>`;
    const { comparison } = view;
    return html`<section>
      <h2>Compare any two</h2>
      <div class="bar">
        ${choose('First cell', first, 'first')} <span>minus</span> ${choose('Second cell', second, 'second')}
      </div>
      ${
        comparison.status === 'ready' || comparison.status === 'stale'
          ? this.differenceTable('Chosen difference', [comparison.value])
          : comparison.status === 'failed'
            ? html`<p>${comparison.failure.message}</p>`
            : nothing
      }
    </section>`;
  }

  private guardRail(summary: ResultsSummary, four: FourCells | undefined): TemplateResult | typeof nothing {
    const tasks = summary.harness.filter(
      (row) => (four && standsWith(row, four)) || !summary.fours.some((other) => standsWith(row, other)),
    );
    const general = four?.general ?? [];
    if (general.length + tasks.length === 0) return nothing;
    return html`<section>
      <h2>Guard rail</h2>
      <p class="covers">
        General questions before and after training, beside the gain: continued training can damage an
        instruct model. It is no result of its own.
      </p>
      ${this.differences(summary, general)} ${tasks.length > 0 ? this.harness(summary, tasks) : nothing}
    </section>`;
  }

  /** Tasks of lm-evaluation-harness: each accuracy with the harness's own standard error and n. */
  private harness(summary: ResultsSummary, rows: readonly HarnessRow[]): TemplateResult {
    return html`<div class="scroll">
        <table>
          <caption>Tasks of lm-evaluation-harness</caption>
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">Base ± standard error</th>
              <th scope="col">Trained ± standard error</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ task, metric, tool, limit, model, base, trained }) => html`<tr>
                <th scope="row">
                  ${task}<br /><span class="sub"
                    >${metric}; ${tool}${limit === null ? '' : `; at most ${plural(limit, 'question')}`}${model === null ? '' : `; ${modelName(summary, model)}`}</span
                  >
                </th>
                <td>${harnessFigure(base)}</td>
                <td>${model === null ? 'no trained model was asked' : harnessFigure(trained)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="covers">
        ± is the harness’s own standard error, questions taken as independent: no 95 % interval, and no difference is
        computed from it.
      </p>`;
  }

  private allCells(summary: ResultsSummary): TemplateResult {
    const footnotes = new Footnotes();
    return html`<section>
      <div class="scroll">
        <table>
          <caption>All cells</caption>
          <thead>
            <tr>
              <th scope="col">Cell</th>
              <th scope="col" class="figure">Accuracy</th>
              <th scope="col" class="figure">95 % over documents</th>
              <th scope="col" class="figure">decoding</th>
              <th scope="col" class="figure">n</th>
              <th scope="col" class="figure">parsed</th>
              <th scope="col">0 – 100 %</th>
            </tr>
          </thead>
          <tbody>
            ${summary.cells.map((cell) =>
              this.cellRow(
                html`${cell.benchmark}: ${cellName(summary, cell)}
                  <br /><span class="sub"
                    >${cell.scoring.replaceAll('_', ' ')}, ${cell.engine}, ${cell.dtype}${cell.split === 'all' ? '' : `, ${cell.split} split`}</span
                  >`,
                cell,
                {},
                cell.model,
                footnotes,
              ),
            )}
          </tbody>
        </table>
      </div>
      ${footnoteLines(footnotes)}
      ${modelLines(summary.models).map((line) => html`<p class="covers">${line}</p>`)}
    </section>`;
  }
}
