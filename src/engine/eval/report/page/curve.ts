import { modelLabel, scoringLabel } from '../../../../contract/reportNames.ts';
import type { ResultsSummary, ScalingView } from '../../../../contract/results.ts';
import { percent, range, scalingText, tokens } from '../wording.ts';
import { html, type Markup } from './markup.ts';
import { splitLabel } from './names.ts';
import { figureFields, table } from './tables.ts';

const [WIDTH, HEIGHT] = [860, 330];
const [LEFT, RIGHT, TOP, BOTTOM] = [54, WIDTH - 16, 10, HEIGHT - 40];

/**
 * Accuracy over synthetic tokens on a log axis: models with error bars, the fit with its band, base and base + RAG. Curves
 * without a line for one reason are one section: the reason and the figures, each with its scoring.
 */
export function scalingSection(summary: ResultsSummary, views: readonly ScalingView[]): Markup | null {
  const [view, ...more] = views;
  if (!view) return null;
  const scorings = [...new Set(views.map(({ scoring }) => scoringLabel(scoring)))].join(', ');
  const name = `${view.benchmark}${splitLabel(view.split)}, ${scorings}, ${view.mixture}`;
  const alone = more.length === 0;
  return html`<h3>Accuracy over synthetic tokens: ${name}</h3>${!alone || view.points.every(({ ci95 }) => ci95 === null) ? null : drawing(view, name)}<ul>${scalingText(
    view,
  ).map(
    (line) => html`<li>${line}</li>`,
  )}</ul><p class="covers">${alone ? 'Bars and dashed levels: 95 % over documents. Band: the line refitted on resampled documents. Neither covers' : '95 % over documents does not cover'} other training seeds.</p>${table(
    alone ? 'Models of the curve' : 'Models of the curves',
    ['model', 'seed', 'tokens', 'accuracy', '95 % over documents', 'n'],
    views.flatMap((one) => curveRows(summary, one, alone)),
    name,
  )}`;
}

/** Points and levels of one curve. */
function curveRows(summary: ResultsSummary, { points, rag, base, scoring }: ScalingView, alone: boolean): Markup[] {
  const how = alone ? '' : `, ${scoringLabel(scoring)}`;
  const rows = points.map(
    (point) =>
      html`<tr><th scope="row">${modelLabel(summary, point.model)}${how}</th><td class="figure">${point.seed}</td><td class="figure">${point.tokens.toLocaleString('en-US')}</td>${figureFields(percent(point.accuracy), point.ci95 && range(point.ci95), undefined)}<td class="figure">${point.questions} × ${Number(point.n.toFixed(1))}</td></tr>`,
  );
  const levels = [
    { name: `base + RAG${alone ? ' (dashed line)' : how}`, level: rag },
    { name: `base, closed-book${alone ? ' (dotted line)' : how}`, level: base },
  ].flatMap(({ name: label, level }) =>
    level
      ? html`<tr><th scope="row">${label}</th><td class="figure">–</td><td class="figure">–</td>${figureFields(percent(level.accuracy), level.ci95 && range(level.ci95), undefined)}<td class="figure">see its cell</td></tr>`
      : [],
  );
  return [...rows, ...levels];
}

function drawing({ fit, rag, base, ...view }: ScalingView, name: string): Markup {
  const points = view.points.filter(({ ci95 }) => ci95 !== null);
  const band = fit.kind === 'fit' ? fit.band : [];
  const crossing = fit.kind === 'fit' && fit.to_rag.kind === 'tokens' ? fit.to_rag : null;
  const most = Math.max(...points.map((point) => point.tokens));
  // A crossing far beyond the models would press them together: it stands in the text only.
  const shown = crossing && crossing.tokens <= most * 30 ? crossing : null;
  const xs = [
    ...points.map((point) => point.tokens),
    ...band.map((one) => one.tokens),
    ...(shown ? [shown.tokens] : []),
  ];
  const ys = [
    ...points.flatMap(({ accuracy, ci95 }) => [accuracy, ...(ci95 ?? [])]),
    ...band.flatMap(({ accuracy, low, high }) => [accuracy, low ?? accuracy, high ?? accuracy]),
    ...[rag, base].flatMap((level) => (level ? [level.accuracy, ...(level.ci95 ?? [])] : [])),
  ];
  const [least, greatest] = [Math.min(...xs.filter((x) => x > 0)) / 1.15, Math.max(...xs) * 1.15];
  const [low, high] = [Math.max(0, Math.min(...ys) - 0.04), Math.min(1, Math.max(...ys) + 0.04)];
  const x = (value: number) =>
    place(Math.log(Math.max(value, least)), Math.log(least), Math.log(greatest), LEFT, RIGHT);
  const y = (value: number) => place(value, low, high, BOTTOM, TOP);
  const level = (at: ScalingView['rag'], kind: string) =>
    at
      ? html`${at.ci95 ? html`<rect class="${kind}band" x="${LEFT}" width="${RIGHT - LEFT}" y="${y(at.ci95[1])}" height="${y(at.ci95[0]) - y(at.ci95[1])}" />` : null}<line class="${kind}" x1="${LEFT}" x2="${RIGHT}" y1="${y(at.accuracy)}" y2="${y(at.accuracy)}" />`
      : null;
  const line = [
    ...band,
    ...(shown && shown.tokens > (band.at(-1)?.tokens ?? 0) ? [{ tokens: shown.tokens, accuracy: shown.rag }] : []),
  ];
  const whole = band.flatMap((one) =>
    one.low === null || one.high === null ? [] : [{ at: one.tokens, low: one.low, high: one.high }],
  );
  const area = [
    ...whole.map((one) => `${x(one.at)},${y(one.high)}`),
    ...whole.toReversed().map((one) => `${x(one.at)},${y(one.low)}`),
  ];
  return html`<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Accuracy over synthetic tokens: ${name}. The table below has its figures.">${axes(
    { least, greatest, low, high },
    x,
    y,
  )}${level(base, 'base')}${level(rag, 'rag')}${area.length > 2 ? html`<polygon class="band" points="${area.join(' ')}" />` : null}${
    line.length > 1
      ? html`<polyline class="line" points="${line.map((one) => `${x(one.tokens)},${y(one.accuracy)}`).join(' ')}" />`
      : null
  }${points.map(
    ({ tokens: at, accuracy, ci95 }) =>
      html`<g class="mark trained">${ci95 ? html`<path class="whisker" d="M${x(at)} ${y(ci95[0])}V${y(ci95[1])}M${x(at) - 4} ${y(ci95[0])}h8M${x(at) - 4} ${y(ci95[1])}h8" />` : null}<rect class="value" x="${x(at) - 4}" y="${y(accuracy) - 4}" width="8" height="8" /></g>`,
  )}${shown ? html`<path class="cross" d="M${x(shown.tokens) - 5} ${y(shown.rag) - 5}l10 10m0 -10l-10 10" />` : null}</svg>${key(
    { rag: rag !== null, base: base !== null, fit: band.length > 0 },
    shown ? `meets RAG at ${tokens(shown.tokens)}${shown.extrapolated ? ' (extrapolated)' : ''}` : null,
  )}`;
}

function axes(
  { least, greatest, low, high }: { least: number; greatest: number; low: number; high: number },
  x: (value: number) => number,
  y: (value: number) => number,
): Markup {
  return html`${logTicks(least, greatest).map(
    (at) =>
      html`<line class="grid" x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${BOTTOM}" /><text x="${x(at)}" y="${BOTTOM + 16}" text-anchor="middle">${tokens(at)}</text>`,
  )}${shareTicks(low, high).map(
    (at) =>
      html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y(at)}" y2="${y(at)}" /><text x="${LEFT - 6}" y="${y(at) + 4}" text-anchor="end">${Math.round(at * 100)} %</text>`,
  )}<rect class="frame" x="${LEFT}" y="${TOP}" width="${RIGHT - LEFT}" height="${BOTTOM - TOP}" /><text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">synthetic tokens</text>`;
}

function key(has: { rag: boolean; base: boolean; fit: boolean }, crossing: string | null): Markup {
  const sign = (drawn: Markup, label: string) =>
    html`<li><svg class="curve" viewBox="0 0 28 12" aria-hidden="true">${drawn}</svg>${label}</li>`;
  return html`<ul class="key">${sign(html`<g class="mark trained"><rect class="value" x="10" y="2" width="8" height="8" /></g>`, 'trained, closed-book')}${
    has.fit ? sign(html`<line class="line" x1="0" x2="28" y1="6" y2="6" />`, 'log-linear fit with its band') : null
  }${has.rag ? sign(html`<line class="rag" x1="0" x2="28" y1="6" y2="6" />`, 'base + RAG') : null}${
    has.base ? sign(html`<line class="base" x1="0" x2="28" y1="6" y2="6" />`, 'base, closed-book') : null
  }${crossing === null ? null : sign(html`<path class="cross" d="M9 1l10 10m0 -10l-10 10" />`, crossing)}</ul>`;
}

/** In pixels, to a tenth. */
function place(value: number, from: number, to: number, start: number, end: number): number {
  return Math.round((start + ((value - from) / (to - from || 1)) * (end - start)) * 10) / 10;
}

/** 1, 2 and 5 of every decade, powers of ten alone where that is many. */
function logTicks(least: number, greatest: number): number[] {
  const factors = greatest / least > 1e3 ? [1] : [1, 2, 5];
  const powers = Array.from(
    { length: Math.ceil(Math.log10(greatest)) - Math.floor(Math.log10(least)) + 1 },
    (_, step) => 10 ** (Math.floor(Math.log10(least)) + step),
  );
  return powers
    .flatMap((power) => factors.map((factor) => factor * power))
    .filter((at) => at >= least && at <= greatest);
}

function shareTicks(low: number, high: number): number[] {
  const step = high - low > 0.5 ? 0.1 : high - low > 0.2 ? 0.05 : 0.02;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, at) => (first + at) * step);
}
