/**
 * Charts of the panels: SVG drawn with Lit, without a charting library (docs/decisions/0004-charts.md). A curve has points
 * (with intervals where there are any), a colour of the theme by its id's hash, a dash and a marker. `<smt-line-chart>`
 * draws lines, bands, whiskers and level lines over a linear or log axis, with legend, read-out, zoom, keyboard and a
 * table in its place; `toSvg`, `seriesCsv` and `csvText` make files of it.
 */
export type { ChartSeries, Point } from './chartSeries.ts';
export { csvText, seriesCsv } from './exportChart.ts';
export { clock, figure, percentage } from './figures.ts';
export { legend, legendStyles, swatch } from './legend.ts';
export { LineChart } from './lineChart.ts';
export { LOOKS, type Look, look, lookStyles, slots } from './look.ts';
