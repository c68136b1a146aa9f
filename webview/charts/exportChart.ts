import type { ChartSeries } from './chartSeries.ts';

/** A chart as files: what is drawn, and the numbers behind it. */

const copied = [
  'color',
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'font-family',
  'font-size',
  'text-anchor',
];

/** The drawing as an SVG file: theme colours become plain ones, so that it looks the same elsewhere. */
export function svgText(drawing: SVGSVGElement, title: string): string {
  const copy = drawing.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return '';
  const [originals, copies] = [drawing.querySelectorAll('*'), copy.querySelectorAll('*')];
  originals.forEach((original, at) => {
    const style = getComputedStyle(original);
    const target = copies[at];
    for (const name of copied) {
      const value = style.getPropertyValue(name);
      if (value !== '' && value !== 'normal') target?.setAttribute(name, value);
    }
    target?.removeAttribute('class');
  });
  const box = drawing.viewBox.baseVal;
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  background.setAttribute('width', String(box.width));
  background.setAttribute('height', String(box.height));
  background.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  copy.prepend(background);
  const name = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  name.textContent = title;
  copy.prepend(name);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(box.width));
  for (const attribute of ['class', 'tabindex']) copy.removeAttribute(attribute);
  return new XMLSerializer().serializeToString(copy).replaceAll(/<!--.*?-->/gs, '');
}

/** RFC 4180; a text that a spreadsheet would run as a formula is quoted as text. */
export function csvText(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const field = (value: string | number | null) => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
  };
  return `${[columns, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

/** One row for each point of each curve. */
export function seriesCsv(xName: string, series: readonly ChartSeries[]): string {
  return csvText(
    ['series', xName, 'value', 'low', 'high'],
    series.flatMap(({ label, points }) =>
      points.map(({ x, y, low, high }) => [label, x, y, low ?? null, high ?? null]),
    ),
  );
}
