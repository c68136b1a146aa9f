import { css, html, nothing, type TemplateResult } from 'lit';
import { type ChartSeries, nearest, stops } from './chartSeries.ts';

/** More rows than a person reads; the export has all of them. */
export const MOST_TABLE_ROWS = 200;

export const chartTableStyles = css`
  .table {
    max-height: 320px;
    overflow: auto;
    border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
  }
  .table:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 2px 10px;
    text-align: end;
    white-space: nowrap;
  }
  thead th {
    position: sticky;
    top: 0;
    background: var(--vscode-editor-background);
    font-weight: 600;
  }
  tbody tr:nth-child(even) {
    background: var(--vscode-list-hoverBackground);
  }
  caption {
    padding: 3px 10px;
    color: var(--vscode-descriptionForeground);
    text-align: start;
  }
`;

export interface TableOf {
  readonly heading: string;
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
  readonly zoom: readonly [number, number] | null;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

/** Some of `values`, evenly spread, first and last among them. */
export function spread<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, at) => values[Math.round((at * (values.length - 1)) / (most - 1))]).filter(
    (value) => value !== undefined,
  );
}

/** The curves as a table: one row for each x, one column for each curve. */
export function chartTable({ heading, xLabel, series, zoom, formatX, formatY }: TableOf): TemplateResult {
  const all = stops(series, zoom ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const rows = spread(all, MOST_TABLE_ROWS);
  return html`<div class="table" tabindex="0" role="region" aria-label=${heading}>
    <table>
      <caption>
        ${rows.length < all.length ? `${rows.length} of ${all.length} rows; the CSV export has all.` : `${rows.length} rows`}
      </caption>
      <thead>
        <tr>
          <th scope="col">${xLabel}</th>
          ${series.map(({ label }) => html`<th scope="col">${label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (x) =>
            html`<tr>
              <th scope="row">${formatX(x)}</th>
              ${series.map((one) => html`<td>${cell(one, x, formatY) ?? nothing}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell({ points, draw }: ChartSeries, x: number, formatY: (value: number) => string): string | undefined {
  const point = draw === 'level' ? points[0] : nearest(points, x);
  if (!point || point.y === null || (draw !== 'level' && point.x !== x)) return undefined;
  const interval =
    point.low === undefined || point.high === undefined ? '' : ` (${formatY(point.low)}–${formatY(point.high)})`;
  return `${formatY(point.y)}${interval}${point.note ? `, ${point.note}` : ''}`;
}
