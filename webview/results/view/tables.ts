import { css, html, nothing, type SVGTemplateResult, svg, type TemplateResult } from 'lit';
import type { Footnotes } from '../../../src/contract/footnotes.ts';

/** What an interval covers, in words below or above a table. */
export const coversStyles = css`
  .covers {
    max-width: 90ch;
    margin: 0 0 12px;
    color: var(--muted);
    font-size: 12px;
    line-height: 1.45;
  }
  .footnote:has(+ .footnote) {
    margin-bottom: 2px;
  }
`;

/** Tables of figures in which every row also draws its own interval: plot and table are one. */
export const tableStyles = css`
  .scroll {
    margin: 0 0 14px;
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  caption {
    padding: 0 0 4px;
    text-align: start;
    font-weight: 600;
  }
  th,
  td {
    padding: 4px 10px;
    border-bottom: 1px solid var(--line);
    text-align: start;
    vertical-align: baseline;
  }
  thead th {
    color: var(--muted);
    font-size: 11px;
    font-weight: 600;
    white-space: nowrap;
  }
  tbody th {
    font-weight: 400;
  }
  td.figure,
  th.figure {
    text-align: end;
    white-space: nowrap;
  }
  tr.chosen > * {
    background: var(--vscode-list-inactiveSelectionBackground, transparent);
  }
  td.drawn {
    width: 32%;
    min-width: 130px;
    padding-block: 0;
    vertical-align: middle;
  }
  .plot {
    display: block;
    width: 100%;
    height: 22px;
    overflow: visible;
  }
  .plot .rail {
    stroke: var(--vscode-charts-lines, var(--line));
    stroke-opacity: 0.4;
  }
  .plot .level {
    stroke: var(--vscode-foreground);
    stroke-dasharray: 3 3;
    stroke-opacity: 0.7;
  }
  .plot .whisker {
    stroke: currentColor;
    stroke-width: 2;
  }
  .plot .value {
    fill: currentColor;
  }
  .plot .mark {
    color: var(--vscode-charts-blue, var(--vscode-foreground));
  }
  .plot .mark.trained {
    color: var(--vscode-charts-purple, var(--vscode-foreground));
  }
  .plot .mark.elsewhere {
    color: var(--muted);
  }
  .sub {
    color: var(--muted);
    font-size: 12px;
  }
`;

/** The footnotes of the table above, each once. */
export function footnoteLines(footnotes: Footnotes): TemplateResult[] {
  return footnotes.lines().map((line) => html`<p class="covers footnote">${line}</p>`);
}

/** A value with its interval on a rail; positions are shares of the rail's width. Said by the row's other cells. */
export function railPlot(
  {
    value,
    ci95,
    trained = false,
    elsewhere = false,
  }: { value: number; ci95: readonly [number, number] | null; trained?: boolean; elsewhere?: boolean },
  { from, to, level }: { from: number; to: number; level?: number },
): TemplateResult {
  const at = (x: number) => `${(Math.min(1, Math.max(0, (x - from) / (to - from))) * 100).toFixed(2)}%`;
  const line = (x: number, kind: string): SVGTemplateResult =>
    svg`<line class=${kind} x1=${at(x)} x2=${at(x)} y1="2" y2="20" />`;
  return html`<svg class="plot" aria-hidden="true">
    <line class="rail" x1="0" x2="100%" y1="11" y2="11"></line>
    ${level === undefined ? nothing : line(level, 'level')}
    ${svg`<g class=${trained ? 'mark trained' : elsewhere ? 'mark elsewhere' : 'mark'}>
      ${
        ci95 === null
          ? nothing
          : svg`<line class="whisker" x1=${at(ci95[0])} x2=${at(ci95[1])} y1="11" y2="11" />
              <line class="whisker" x1=${at(ci95[0])} x2=${at(ci95[0])} y1="7" y2="15" />
              <line class="whisker" x1=${at(ci95[1])} x2=${at(ci95[1])} y1="7" y2="15" />`
      }
      ${
        trained
          ? svg`<svg x=${at(value)} y="11" overflow="visible"><rect class="value" x="-4" y="-4" width="8" height="8" /></svg>`
          : svg`<circle class="value" cx=${at(value)} cy="11" r="4.5" />`
      }
    </g>`}
  </svg>`;
}
