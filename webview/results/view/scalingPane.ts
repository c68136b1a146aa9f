import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { scoringLabel } from '../../../src/contract/reportNames.ts';
import type { ScalingView } from '../../../src/contract/results.ts';
import { type ChartSeries, csvText, type LineChart, look } from '../../charts/index.ts';
import '../../charts/lineChart.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { shared } from '../../styles.ts';
import { percent, scalingSentences, tokens } from '../state/wording.ts';
import { ViewElement } from './viewElement.ts';

/**
 * Accuracy over synthetic tokens: points with error bars, the fitted line with its band, the RAG line, the crossing. Of
 * curves that have no line for one reason, the one of the table in sight is drawn and the others are named.
 */
@customElement('smt-scaling')
export class ScalingPane extends ViewElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        max-width: 1100px;
        margin: 0 0 22px;
      }
      .said {
        margin: 6px 0;
        line-height: 1.5;
      }
      .covers {
        color: var(--muted);
        font-size: 12px;
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
      }
    `,
  ];

  @property({ attribute: false }) group: readonly ScalingView[] = [];
  @query('smt-line-chart') private chart!: LineChart | null;

  private get scaling(): ScalingView | undefined {
    const { group, view } = this;
    return group.find(({ scoring }) => scoring === view.four?.scoring) ?? group[0];
  }

  override render(): TemplateResult | typeof nothing {
    const { scaling, view } = this;
    if (!scaling) return nothing;
    const heading = `${scaling.benchmark}: accuracy over synthetic tokens, ${scaling.mixture}, ${scoringLabel(scaling.scoring)}`;
    const others = this.group.filter((other) => other !== scaling).map(({ scoring }) => scoringLabel(scoring));
    return html`<section aria-label=${heading}>
      <smt-line-chart
        .series=${curves(scaling)}
        .heading=${heading}
        xLabel="synthetic tokens"
        yLabel="accuracy"
        xScale="log"
        .formatX=${tokens}
        .formatY=${percent}
        .height=${300}
        .as=${view.ui.tables ? 'table' : 'chart'}
        whenEmpty="No trained model is evaluated on this benchmark yet."
      ></smt-line-chart>
      ${scalingSentences(scaling).map((sentence) => html`<p class="said">${sentence}</p>`)}
      ${others.length > 0 ? html`<p class="said">The same holds of ${[...new Set(others)].join(', ')}.</p>` : nothing}
      <p class="covers">
        Bars: 95 % over documents. Band: the line refitted on resampled documents. Neither covers other training seeds.
      </p>
      <div class="tools">
        <button
          class="plain"
          aria-pressed=${view.ui.tables ? 'true' : 'false'}
          @click=${() => view.keep({ tables: !view.ui.tables })}
        >
          As a table
        </button>
        ${view.ui.tables ? nothing : html`<button class="plain" @click=${this.saveSvg}>Save drawing (SVG)…</button>`}
        <button class="plain" @click=${this.saveCsv}>Save figures (CSV)…</button>
      </div>
    </section>`;
  }

  private readonly saveSvg = (): void => {
    const text = this.chart?.toSvg();
    if (text) this.save('scaling.svg', text);
  };

  private readonly saveCsv = (): void => {
    const points = this.scaling?.points ?? [];
    const rows = points.map(({ model, dataset, seed, tokens: size, accuracy, ci95, questions, n }) => [
      ...[model, dataset, seed, size, accuracy],
      ...[ci95?.[0] ?? null, ci95?.[1] ?? null, questions, n],
    ]);
    const columns = ['model', 'dataset', 'seed', 'tokens', 'accuracy', 'ci95_low', 'ci95_high', 'questions', 'n'];
    this.save('scaling.csv', csvText(columns, rows));
  };

  private save(name: string, text: string): void {
    const { view } = this;
    void view.attempt(async () => {
      const { saved } = await view.ask(ResultsPage.save, { name, text });
      if (saved) view.say(`${name} is saved.`);
    });
  }
}

/** The curves of a scaling chart. The line goes on to its crossing with retrieval, so that the crossing is in sight. */
export function curves({ points, fit, rag, base }: ScalingView): ChartSeries[] {
  const ends = (ci95: readonly [number, number] | null) => (ci95 ? { low: ci95[0], high: ci95[1] } : {});
  const measured: ChartSeries = {
    id: 'trained',
    label: 'Trained, closed-book',
    look: look(3),
    draw: 'points',
    points: points.map(({ tokens: x, accuracy, ci95, questions, n }) => ({
      x,
      y: accuracy,
      ...ends(ci95),
      note: `n = ${questions} × ${Number(n.toFixed(1))}`,
    })),
  };
  const drawn: ChartSeries[] = [];
  if (fit.kind === 'fit') {
    const crossing = fit.to_rag.kind === 'tokens' ? fit.to_rag : undefined;
    const last = fit.band.at(-1);
    const beyond =
      crossing && last && crossing.tokens > last.tokens && crossing.tokens < last.tokens * 1000
        ? [{ x: crossing.tokens, y: crossing.rag }]
        : [];
    drawn.push({
      id: 'fit',
      label: 'Log-linear fit with its band',
      look: look(0),
      points: [
        ...fit.band.map(({ tokens: x, accuracy, low, high }) => ({
          x,
          y: accuracy,
          ...(low === null || high === null ? {} : { low, high }),
        })),
        ...beyond,
      ],
    });
    if (crossing && crossing.tokens < (last?.tokens ?? 0) * 1000) {
      drawn.push({
        id: 'crossing',
        label: `Meets RAG at ${tokens(crossing.tokens)}${crossing.extrapolated ? ' (extrapolated)' : ''}`,
        look: look(4),
        draw: 'points',
        points: [{ x: crossing.tokens, y: crossing.rag }],
      });
    }
  }
  const at = points[0]?.tokens ?? 1;
  if (rag) {
    const level = { x: at, y: rag.accuracy, ...ends(rag.ci95) };
    drawn.push({ id: 'rag', label: 'Base + RAG', look: look(2), draw: 'level', points: [level] });
  }
  if (base) {
    const level = { x: at, y: base.accuracy, ...ends(base.ci95) };
    drawn.push({ id: 'base', label: 'Base, closed-book', look: look(5), draw: 'level', points: [level] });
  }
  return points.length === 0 ? [] : [...drawn, measured];
}
