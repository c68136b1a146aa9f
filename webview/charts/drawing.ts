import { nothing, type SVGTemplateResult, svg } from 'lit';
import { type ChartSeries, nearest } from './chartSeries.ts';
import { figure, tickFigure } from './figures.ts';
import type { Look } from './look.ts';
import type { Scale } from './scale.ts';
import { bandPath, linePath, markerPath, whiskerPath } from './shapes.ts';
import { clockTicks, linearTicks, logTicks } from './ticks.ts';

/** Pixels around the plot: labels of the y axis stand left, those of the x axis below. */
export const LEFT = 58;
export const RIGHT = 14;
export const TOP = 8;
export const BOTTOM = 36;
/** Curves with more points than this are drawn without markers, those with more than `FEW` without whiskers. */
const MOST_MARKERS = 40;
const FEW = 12;

type Drawn = SVGTemplateResult | typeof nothing;

/** Where a chart is drawn: its scales and its size in pixels. */
export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
}

export interface AxisTexts {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly clockAxis: boolean;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

/** Grid, marks and names of both axes. */
export function axes({ x, y, width, height }: Frame, texts: AxisTexts): SVGTemplateResult {
  const [right, bottom] = [width - RIGHT, height - BOTTOM];
  const [xText, yText] = [texts.formatX, texts.formatY].map((format) => (format === figure ? tickFigure : format));
  const about = Math.max(2, Math.floor((right - LEFT) / 90));
  const plain = texts.clockAxis ? clockTicks : linearTicks;
  const xs = (x.kind === 'log' ? logTicks : plain)(...x.domain, about);
  const ys = (y.kind === 'log' ? logTicks : linearTicks)(...y.domain, Math.max(2, Math.floor(height / 45)));
  return svg`<g class="axis" aria-hidden="true">
    ${ys.map((tick) => {
      const at = y.at(tick);
      return svg`<line class="grid" x1=${LEFT} x2=${right} y1=${at} y2=${at} />
        <text x=${LEFT - 6} y=${at + 3.5} text-anchor="end">${yText?.(tick)}</text>`;
    })}
    ${xs.map((tick) => {
      const at = x.at(tick);
      return svg`<line class="grid" x1=${at} x2=${at} y1=${TOP} y2=${bottom} />
        <text x=${at} y=${bottom + 15} text-anchor="middle">${xText?.(tick)}</text>`;
    })}
    <rect class="frame" x=${LEFT} y=${TOP} width=${Math.max(0, right - LEFT)} height=${Math.max(0, bottom - TOP)} />
    <text class="name" x=${(LEFT + right) / 2} y=${height - 5} text-anchor="middle">${texts.xLabel}</text>
    <text class="name" x=${-(TOP + bottom) / 2} y="11" text-anchor="middle" transform="rotate(-90)">${texts.yLabel}</text>
  </g>`;
}

/** One series: band, line, whiskers and markers, or a level line. */
export function curve(series: ChartSeries, frame: Frame): Drawn {
  const { points, look, draw } = series;
  if (draw === 'level') return level(series, frame);
  const { x, y } = frame;
  const inside = points.filter((point) => point.x >= x.domain[0] && point.x <= x.domain[1] && point.y !== null);
  const alone = draw === 'points';
  const whiskers = alone || inside.length <= FEW;
  return svg`<g class=${`look-${look.slot}`}>
    ${alone ? nothing : svg`<path class="band" d=${bandPath(points, x, y)} /><path class="curve" d=${linePath(points, x, y)} stroke-dasharray=${look.dash} />`}
    ${whiskers ? inside.map((point) => svg`<path class="whisker" d=${whiskerPath(point, x, y)} />`) : nothing}
    ${alone || inside.length <= MOST_MARKERS ? inside.map((point) => marker(point.x, point.y, look, frame)) : nothing}
  </g>`;
}

/** The read-out's line and, on every curve, the point it reads. */
export function cursorLine(cursor: number, series: readonly ChartSeries[], frame: Frame): SVGTemplateResult {
  const at = frame.x.at(cursor);
  return svg`<g aria-hidden="true">
    <line class="cursor" x1=${at} x2=${at} y1=${TOP} y2=${frame.height - BOTTOM} />
    ${series.map(({ points, look, draw }) => {
      const point = draw === 'level' ? undefined : nearest(points, cursor);
      return point ? svg`<g class=${`look-${look.slot}`}>${marker(point.x, point.y, look, frame)}</g>` : nothing;
    })}
  </g>`;
}

function level({ points, look }: ChartSeries, { y, width }: Frame): Drawn {
  const [only] = points;
  if (!only || only.y === null) return nothing;
  const [at, right] = [y.at(only.y), width - RIGHT];
  const band =
    only.low === undefined || only.high === undefined
      ? nothing
      : svg`<rect class="band" x=${LEFT} width=${right - LEFT} y=${y.at(only.high)} height=${Math.max(0, y.at(only.low) - y.at(only.high))} />`;
  return svg`<g class=${`look-${look.slot}`}>${band}
    <line class="curve" x1=${LEFT} x2=${right} y1=${at} y2=${at} stroke-dasharray=${look.dash || '8 4'} />
  </g>`;
}

function marker(px: number, py: number | null, look: Look, { x, y }: Frame): Drawn {
  const [at, to] = [x.at(px), py === null ? Number.NaN : y.at(py)];
  if (!Number.isFinite(at) || !Number.isFinite(to)) return nothing;
  return svg`<path class=${look.marker === 'ring' ? 'marker open' : 'marker'} d=${markerPath(look.marker)} transform=${`translate(${at} ${to})`} />`;
}
