import { css, html, nothing, svg, type TemplateResult } from 'lit';
import type { ChartSeries } from './chartSeries.ts';
import type { Look } from './look.ts';
import { markerPath } from './shapes.ts';

export const legendStyles = css`
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    margin: 0;
    padding: 0 0 2px;
    list-style: none;
    font-size: 12px;
  }
  .legend li {
    display: inline-flex;
    gap: 6px;
    align-items: center;
    max-width: 100%;
  }
  .legend .name {
    overflow: hidden;
    color: var(--vscode-foreground);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .swatch {
    flex: none;
  }
  .swatch path,
  .swatch line {
    fill: currentColor;
    stroke: currentColor;
    stroke-width: 1.6;
  }
`;

/** A bit of the curve: its colour, dash and marker. Needs `lookStyles` and `legendStyles` around it. */
export function swatch({ slot, dash, marker }: Look): TemplateResult {
  return html`<svg class=${`swatch look-${slot}`} width="30" height="12" viewBox="0 0 30 12" aria-hidden="true">
    ${svg`<line x1="1" x2="29" y1="6" y2="6" stroke-dasharray=${dash} /><path d=${markerPath(marker)} transform="translate(15 6)" />`}
  </svg>`;
}

/** Which curve is which; nothing where there is only one. */
export function legend(series: readonly ChartSeries[]): TemplateResult | typeof nothing {
  if (series.length < 2) return nothing;
  return html`<ul class="legend">
    ${series.map(({ label, look }) => html`<li>${swatch(look)}<span class="name">${label}</span></li>`)}
  </ul>`;
}
