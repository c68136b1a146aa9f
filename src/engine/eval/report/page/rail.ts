import { html, type Markup } from './markup.ts';

/** Who is drawn: a base or an untrained model, a trained one, or a figure measured elsewhere. */
export type Mark = 'base' | 'trained' | 'elsewhere';

/** A figure with its interval on a rail, nothing where there is no interval; said by the row's other fields. */
export function rail(
  { value, ci95, mark }: { value: number; ci95: readonly [number, number] | null; mark: Mark },
  { from = 0, to = 1, level }: { from?: number; to?: number; level?: number | undefined } = {},
): Markup | null {
  if (ci95 === null) return null;
  const at = (x: number) => `${(Math.min(1, Math.max(0, (x - from) / (to - from))) * 100).toFixed(2)}%`;
  const upright = (x: number, kind: string, y1: number, y2: number) =>
    html`<line class="${kind}" x1="${at(x)}" x2="${at(x)}" y1="${y1}" y2="${y2}" />`;
  return html`<svg class="rail" aria-hidden="true"><line class="track" x1="0" x2="100%" y1="11" y2="11" />${
    level === undefined ? null : upright(level, 'level', 2, 20)
  }<g class="mark ${mark}"><line class="whisker" x1="${at(ci95[0])}" x2="${at(ci95[1])}" y1="11" y2="11" />${upright(ci95[0], 'whisker', 7, 15)}${upright(ci95[1], 'whisker', 7, 15)}${
    mark === 'trained'
      ? html`<svg x="${at(value)}" y="11" overflow="visible"><rect class="value" x="-4" y="-4" width="8" height="8" /></svg>`
      : html`<circle class="value" cx="${at(value)}" cy="11" r="4.5" />`
  }</g></svg>`;
}
