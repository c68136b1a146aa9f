import { html, type TemplateResult } from 'lit';
import { Footnotes } from '../../../src/contract/footnotes.ts';
import type { Comparison } from '../../../src/contract/results.ts';
import type { ResultsView } from '../panel/resultsView.ts';
import { ABOUT, cellName, count, pointInterval, points, pValue, verdict } from '../state/wording.ts';
import { footnoteLines, railPlot } from './tables.ts';

/** Paired differences, a row each, with their notes below; each opens the answers behind it. */
export function differenceTable(
  view: ResultsView,
  caption: string,
  comparisons: readonly Comparison[],
): TemplateResult {
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
        ${comparisons.map((comparison) => differenceRow(view, comparison, footnotes))}
      </tbody>
    </table>
  </div>
  ${footnoteLines(footnotes)}`;
}

function differenceRow(view: ResultsView, comparison: Comparison, footnotes: Footnotes): TemplateResult {
  const about = html`${ABOUT[comparison.about]}<br /><span class="sub">${titleOf(view, comparison)}</span>`;
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
      <button class="link" @click=${() => openPair(view, comparison)} title="Show the answers behind this">
        ${count(questions)}</button
      ><br /><span class="sub">of ${count(documents)} documents</span>
    </td>
    <td class="drawn">${railPlot({ value: delta, ci95, trained: true }, { from: -0.5, to: 0.5, level: 0 })}</td>
  </tr>`;
}

function titleOf(view: ResultsView, { first, second }: Comparison): string {
  const { summary } = view;
  const [one, other] = [view.cell(first), view.cell(second)];
  return summary && one && other ? `${cellName(summary, other)} − ${cellName(summary, one)}` : '';
}

function openPair(view: ResultsView, { first, second }: Comparison): void {
  view.keep({ first: second, second: first });
  view.openAnswers({});
}
