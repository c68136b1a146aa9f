import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { type ChartSeries, nearest, stops, xExtent, yDomain } from './chartSeries.ts';
import { chartTable, chartTableStyles } from './chartTable.ts';
import { axes, BOTTOM, cursorLine, curve, type Frame, LEFT, RIGHT, TOP } from './drawing.ts';
import { svgText } from './exportChart.ts';
import { figure } from './figures.ts';
import { legend, legendStyles } from './legend.ts';
import { lineChartStyles } from './lineChartStyles.ts';
import { lookStyles } from './look.ts';
import { padded, type Scale, scale } from './scale.ts';
import { type ChartKey, meant, zoomed } from './zoom.ts';

/** A press that moves less than this is a click, no zoom. */
const LEAST_DRAG = 6;

/**
 * Curves over one x axis, with intervals, legend, read-out and zoom; or the same as a table. Colours are the theme's,
 * and each curve also has a dash and a marker.
 *
 * Zoom: drag, `+` and `-`, buttons; `0`, Escape or a double click shows all again. Fires `zoom` with
 * `detail: [from, to] | null`, so that charts that stand together can zoom together: set `zoom` on the others.
 */
@customElement('smt-line-chart')
export class LineChart extends LitElement {
  static override styles = [lookStyles, legendStyles, chartTableStyles, lineChartStyles];

  @property({ attribute: false }) series: readonly ChartSeries[] = [];
  @property() heading = '';
  @property() xLabel = '';
  @property() yLabel = '';
  @property() xScale: Scale['kind'] = 'linear';
  @property() yScale: Scale['kind'] = 'linear';
  /** Round values of a clock instead of round numbers on the x axis. */
  @property({ type: Boolean }) clockAxis = false;
  @property({ type: Boolean }) fromZero = false;
  @property({ attribute: false }) formatX: (value: number) => string = figure;
  @property({ attribute: false }) formatY: (value: number) => string = figure;
  @property({ type: Number }) height = 220;
  /** What the axis shows without zoom, e.g. that of all charts that stand together; left out: this chart's own. */
  @property({ attribute: false }) whole: readonly [number, number] | null = null;
  @property({ attribute: false }) zoom: readonly [number, number] | null = null;
  /** The same as a table, for who reads rather than looks. */
  @property() as: 'chart' | 'table' = 'chart';
  /** Why there is nothing to draw, when there is nothing. */
  @property() whenEmpty = '';
  @property({ type: Boolean }) hideLegend = false;
  /** Offers the drawing as a file: `save-svg` with its text in `detail`. */
  @property({ type: Boolean }) savable = false;

  @state() private width = 0;
  @state() private cursor: number | null = null;
  @state() private drag: { from: number; to: number } | null = null;
  /** The read-out is spoken only when the keyboard moved it. */
  @state() private spoken = false;
  @query('svg.plot') private plot!: SVGSVGElement | null;

  private readonly resized = new ResizeObserver(([entry]) => {
    if (entry && Math.round(entry.contentRect.width) !== this.width) this.width = Math.round(entry.contentRect.width);
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  /** The drawing as a file of its own, colours resolved; undefined while there is none. */
  toSvg(): string | undefined {
    return this.plot ? svgText(this.plot, this.heading) : undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('series') && this.cursor !== null && stops(this.series, this.shownX()).length === 0)
      this.cursor = null;
  }

  override render(): TemplateResult {
    const drawable = xExtent(this.series, this.xScale) !== undefined;
    return html`<div class="head">
        <h3 id="heading">${this.heading}</h3>
        ${drawable && this.as === 'chart' ? this.tools() : nothing}
      </div>
      ${
        drawable && this.as === 'chart'
          ? html`<div class="readout" aria-live=${this.spoken ? 'polite' : 'off'}>${this.readout()}</div>`
          : nothing
      }
      ${this.hideLegend ? nothing : legend(this.series)}
      ${!drawable ? this.empty() : this.as === 'table' ? chartTable(this) : this.chart()}`;
  }

  private empty(): TemplateResult {
    return html`<div class="empty" .style=${`height:${Math.min(this.height, 120)}px`}>${this.whenEmpty}</div>`;
  }

  private tools(): TemplateResult {
    const button = (label: string, sign: string, run: () => void, off = false) =>
      html`<button type="button" title=${label} aria-label=${`${label}: ${this.heading}`} ?disabled=${off} @click=${run}>
        ${sign}
      </button>`;
    return html`<div class="tools">
      ${button('Zoom in', '+', () => this.zoomBy(0.5))} ${button('Zoom out', '−', () => this.zoomBy(2), !this.zoom)}
      ${button('Show all', '⤢', () => this.setZoom(null), !this.zoom)}
      ${this.savable ? button('Save as SVG', 'SVG', () => this.saveSvg()) : nothing}
    </div>`;
  }

  private chart(): TemplateResult {
    const width = Math.max(this.width, 200);
    const { height } = this;
    const shown = this.shownX();
    const x = scale(this.xScale, shown, [LEFT, width - RIGHT]);
    const y = scale(
      this.yScale,
      yDomain(this.series, shown, this.yScale, this.fromZero) ?? [this.yScale === 'log' ? 0.1 : 0, 1],
      [height - BOTTOM, TOP],
    );
    const frame: Frame = { x, y, width, height };
    return html`<svg
      class="plot"
      tabindex="0"
      role="img"
      aria-label=${this.summary()}
      viewBox=${`0 0 ${width} ${height}`}
      height=${height}
      @pointermove=${this.moved}
      @pointerleave=${() => this.drag ?? this.point(null)}
      @pointerdown=${this.pressed}
      @pointerup=${this.released}
      @pointercancel=${() => {
        this.drag = null;
      }}
      @dblclick=${() => this.setZoom(null)}
      @keydown=${this.key}
      @blur=${() => this.point(null)}
    >
      <defs>
        <clipPath id="inside">
          <rect x=${LEFT} y=${TOP - 6} width=${width - LEFT - RIGHT} height=${height - TOP - BOTTOM + 12}></rect>
        </clipPath>
      </defs>
      ${axes(frame, this)}
      <g clip-path="url(#inside)">${this.series.map((one) => curve(one, frame))}</g>
      ${this.cursor === null ? nothing : cursorLine(this.cursor, this.series, frame)} ${this.selection()}
    </svg>`;
  }

  private selection() {
    if (!this.drag) return nothing;
    const { from, to } = this.drag;
    return svg`<rect class="selected" x=${Math.min(from, to)} width=${Math.abs(to - from)} y=${TOP} height=${this.height - TOP - BOTTOM} />`;
  }

  /** The x domain: the zoom, or all of it. */
  private shownX(): readonly [number, number] {
    const all = this.all() ?? [0, 1];
    const whole = all[0] === all[1] || this.xScale === 'log' ? padded(all, this.xScale, 0.03) : all;
    return this.zoom ?? whole;
  }

  private all(): readonly [number, number] | undefined {
    return this.whole ?? xExtent(this.series, this.xScale);
  }

  /** One line on what is drawn, for who cannot see it. */
  private summary(): string {
    const curves = this.series.map(({ label, points }) => {
      const values = points.filter(({ y }) => y !== null);
      const [first, last] = [values[0], values.at(-1)];
      if (!first || !last) return `${label}: no values`;
      return `${label}: ${values.length} values, from ${this.formatY(first.y ?? 0)} at ${this.formatX(first.x)} to ${this.formatY(last.y ?? 0)} at ${this.formatX(last.x)}`;
    });
    return `${this.heading}, ${this.yLabel} over ${this.xLabel}. ${curves.join('; ')}. Arrow keys read values, plus and minus zoom.`;
  }

  private readout(): string {
    const { cursor } = this;
    if (cursor === null) return '';
    const parts = this.series.map((one) => {
      const point = one.draw === 'level' ? one.points[0] : nearest(one.points, cursor);
      if (!point || point.y === null) return '';
      const interval =
        point.low === undefined || point.high === undefined
          ? ''
          : ` (${this.formatY(point.low)}–${this.formatY(point.high)})`;
      const name = this.series.length > 1 ? `${one.label} ` : '';
      return `${name}${this.formatY(point.y)}${interval}${point.note ? `, ${point.note}` : ''}`;
    });
    return `${this.xLabel} ${this.formatX(cursor)}: ${parts.filter(Boolean).join(' · ')}`;
  }

  private pixelOf(event: PointerEvent): number {
    const box = this.plot?.getBoundingClientRect();
    return box ? Math.min(Math.max(event.clientX - box.left, LEFT), Math.max(LEFT, this.width - RIGHT)) : 0;
  }

  private valueAt(pixel: number): number {
    return scale(this.xScale, this.shownX(), [LEFT, Math.max(this.width, 200) - RIGHT]).back(pixel);
  }

  private readonly moved = (event: PointerEvent): void => {
    const pixel = this.pixelOf(event);
    if (this.drag) this.drag = { ...this.drag, to: pixel };
    const value = this.valueAt(pixel);
    const near = stops(this.series, this.shownX());
    this.spoken = false;
    this.point(
      near.reduce<number | null>(
        (best, x) => (best === null || Math.abs(x - value) < Math.abs(best - value) ? x : best),
        null,
      ),
    );
  };

  private readonly pressed = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.plot?.setPointerCapture(event.pointerId);
    const pixel = this.pixelOf(event);
    this.drag = { from: pixel, to: pixel };
  };

  private readonly released = (): void => {
    const { drag } = this;
    this.drag = null;
    if (!drag || Math.abs(drag.to - drag.from) < LEAST_DRAG) return;
    const [one, other] = [this.valueAt(drag.from), this.valueAt(drag.to)];
    this.setZoom([Math.min(one, other), Math.max(one, other)]);
  };

  private readonly key = (event: KeyboardEvent): void => {
    const wish = meant(event);
    if (!wish) return;
    event.preventDefault();
    event.stopPropagation();
    if (wish.do === 'all') this.setZoom(null);
    else if (wish.do === 'zoom') this.zoomBy(wish.factor);
    else this.moveCursor(wish);
  };

  private moveCursor(wish: Extract<ChartKey, { do: 'move' | 'end' }>): void {
    const places = stops(this.series, this.shownX());
    if (places.length === 0) return;
    const at = this.cursor === null ? -1 : places.findIndex((place) => place >= (this.cursor ?? 0));
    const next =
      wish.do === 'end' ? (wish.last ? places.length - 1 : 0) : Math.min(Math.max(at + wish.by, 0), places.length - 1);
    this.spoken = true;
    this.point(places[next] ?? null);
  }

  private point(x: number | null): void {
    this.cursor = x;
  }

  private zoomBy(factor: number): void {
    const all = this.all();
    if (all) this.setZoom(zoomed(this.shownX(), all, this.cursor, factor, this.xScale));
  }

  private saveSvg(): void {
    const text = this.toSvg();
    if (text) this.dispatchEvent(new CustomEvent('save-svg', { detail: text, bubbles: true, composed: true }));
  }

  private setZoom(zoom: readonly [number, number] | null): void {
    this.zoom = zoom;
    this.dispatchEvent(new CustomEvent('zoom', { detail: zoom, bubbles: true, composed: true }));
  }
}
