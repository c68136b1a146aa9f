import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { JobPanel } from '../../../src/contract/jobPanel.ts';
import type { RunSnapshot } from '../../../src/contract/trainingRpc.ts';
import { clock, figure, legendStyles, look, lookStyles, swatch } from '../../charts/index.ts';
import { shared } from '../../styles.ts';
import {
  type ChartKind,
  curvesOf,
  otherChart,
  otherKeys,
  runsCsv,
  runsJson,
  stretch,
  usualCharts,
} from '../state/curves.ts';
import type { Axis } from '../state/uiState.ts';
import { count, whyNoCurve } from '../state/wording.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

const axisNames: Record<Axis, string> = { tokens: 'tokens', seconds: 'time', step: 'step' };
/** More runs than this are behind the overlay's own list. */
const MOST_CHIPS = 8;

/** The curves of the run and of those laid over it, one chart for each metric, all over one axis. */
@customElement('smt-run-charts')
export class ChartsPane extends ViewElement {
  static override styles = [
    shared,
    sections,
    lookStyles,
    legendStyles,
    css`
      :host {
        display: block;
      }
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr));
        gap: 14px 20px;
        margin-top: 8px;
      }
      .runs {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        align-items: center;
        margin-top: 6px;
      }
      .runs .label {
        display: inline-flex;
        gap: 6px;
        align-items: center;
        padding-inline-end: 8px;
      }
      .runs .plain {
        max-width: 320px;
      }
      .nothing {
        margin-top: 8px;
        padding: 26px;
        border: 1px dashed var(--line);
        text-align: center;
      }
      .end {
        margin-inline-start: auto;
      }
      .note {
        margin-top: 4px;
        font-size: 12px;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    const runs = view.shown;
    const { job } = view;
    if (!job) return nothing;
    return html`<section aria-labelledby="curves">
      <div class="bar">
        <h2 id="curves">Curves</h2>
        ${this.axisSwitch()}
        <button class="plain" aria-pressed=${view.ui.as === 'table'} @click=${() => view.setTable(view.ui.as === 'chart')}>
          Tables
        </button>
        <div class="bar end">
          <button class="plain" ?disabled=${runs.length === 0} @click=${() => this.save('csv', runsCsv(runs))}>Save CSV</button>
          <button class="plain" ?disabled=${runs.length === 0} @click=${() => this.save('json', runsJson(runs))}>
            Save JSON
          </button>
        </div>
      </div>
      ${this.overlay()} ${this.reduced(runs)}
      ${
        runs.some(({ series }) => series.length > 0)
          ? html`<div class="charts">${this.kinds(runs).map((kind) => this.chart(kind, runs))}</div>`
          : html`<p class="nothing muted untrusted">${whyNoCurve(job)}</p>`
      }
      ${this.more(runs)}
    </section>`;
  }

  private axisSwitch(): TemplateResult {
    const { view } = this;
    return html`<div class="switch" role="group" aria-label="Horizontal axis">
      ${(['tokens', 'seconds', 'step'] as const).map(
        (axis) =>
          html`<button class="plain" aria-pressed=${view.axis === axis} @click=${() => view.setAxis(axis)}>
            over ${axisNames[axis]}
          </button>`,
      )}
    </div>`;
  }

  private overlay(): TemplateResult | typeof nothing {
    const { view } = this;
    const { others, ui } = view;
    if (others.length === 0) return nothing;
    const chosen = others.filter(({ run }) => ui.overlaid.includes(run));
    const rest = others.filter(({ run }) => !ui.overlaid.includes(run));
    const chips = [...chosen, ...rest].slice(0, Math.max(MOST_CHIPS, chosen.length));
    return html`<div class="runs" role="group" aria-label="Runs laid over this one">
      <span class="label">${swatch(look(ui.slots[ui.run] ?? 0))} ${view.job?.title}</span>
      ${chips.map(({ run, title }) => {
        const on = ui.overlaid.includes(run);
        return html`<button
          class="plain"
          aria-pressed=${on}
          title=${`${on ? 'Take away' : 'Lay over'} ${title} (${run})`}
          @click=${() => view.toggleRun(run)}
        >
          ${on ? swatch(look(ui.slots[run] ?? 0)) : '+'}<span class="ellipsis">${title}</span>
        </button>`;
      })}
      ${rest.length > 0 && chips.length < others.length ? html`<span class="muted">and ${others.length - chips.length} older runs</span>` : nothing}
    </div>`;
  }

  private reduced(runs: readonly RunSnapshot[]): TemplateResult | typeof nothing {
    const logged = Math.max(0, ...runs.flatMap(({ series }) => series.map((one) => one.logged)));
    const drawn = Math.max(0, ...runs.flatMap(({ series }) => series.map((one) => one.value.length)));
    return logged > drawn
      ? html`<p class="note muted">
          ${count(drawn)} of ${count(logged)} logged points are drawn; zoom in to see more of them.
        </p>`
      : nothing;
  }

  private kinds(runs: readonly RunSnapshot[]): readonly ChartKind[] {
    const onGpu = runs.some(({ gpus, series }) => gpus.length > 0 || series.some(({ key }) => key === 'gpu_util'));
    return [...usualCharts.filter(({ key }) => key !== 'gpu_util' || onGpu), ...this.view.ui.more.map(otherChart)];
  }

  private chart(kind: ChartKind, runs: readonly RunSnapshot[]): TemplateResult {
    const { view } = this;
    const { axis, ui } = view;
    const curves = curvesOf(kind.key, axis, runs, ui.slots);
    return html`<smt-line-chart
      .series=${curves}
      heading=${kind.heading}
      xLabel=${axisNames[axis]}
      yLabel=${kind.unit}
      ?clockAxis=${axis === 'seconds'}
      ?fromZero=${kind.fromZero}
      hideLegend
      savable
      .formatX=${axis === 'seconds' ? clock : figure}
      .zoom=${ui.zoom}
      .whole=${stretch(axis, runs)}
      as=${ui.as}
      whenEmpty=${kind.later || 'Not logged by this run.'}
      @zoom=${(event: CustomEvent<readonly [number, number] | null>) => view.setZoom(event.detail)}
      @save-svg=${(event: CustomEvent<string>) => this.save('svg', event.detail, kind.key)}
    ></smt-line-chart>`;
  }

  private more(runs: readonly RunSnapshot[]): TemplateResult | typeof nothing {
    const keys = otherKeys(runs);
    if (keys.length === 0) return nothing;
    const { ui } = this.view;
    return html`<div class="runs" role="group" aria-label="More curves">
      <span class="label">More curves</span>
      ${keys.map(
        (key) =>
          html`<button class="plain" aria-pressed=${ui.more.includes(key)} @click=${() => this.view.toggleMore(key)}>
            ${key}
          </button>`,
      )}
    </div>`;
  }

  private save(ending: 'svg' | 'csv' | 'json', text: string, what = 'curves'): void {
    const name = `${this.view.ui.run}-${what}.${ending}`.replaceAll(/[^\w.-]/g, '-');
    void this.view.attempt(() => this.view.ask(JobPanel.save, { name, text }));
  }
}
