import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';

/** Own small line icons on a 16 px grid: no font, no request, the text's colour. Always beside or instead of a label. */
const paths = {
  check: svg`<path d="M3 8.5l3.2 3.2L13 5" />`,
  cross: svg`<path d="M4 4l8 8M12 4l-8 8" />`,
  edit: svg`<path d="M10.8 2.8l2.4 2.4L6 12.4l-3.2.8.8-3.2z" />`,
  again: svg`<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3" />`,
  trash: svg`<path d="M3 4.5h10M6.5 4.5V3h3v1.500M4.500 4.500l.6 8.500h5.800l.6-8.500M6.700 7v3.700M9.300 7v3.700" />`,
  undo: svg`<path d="M3 6.500h6.500a3.500 3.500 0 0 1 0 7H6M5.700 3.500l-3 3 3 3" />`,
  search: svg`<circle cx="7" cy="7" r="4" /><path d="M10 10l3.500 3.500" />`,
  file: svg`<path d="M4 1.800h5l3 3v9.400H4zM9 1.800v3h3" />`,
  open: svg`<path d="M9 3h4v4M13 3L7.500 8.500M11 9.500V13H3V5h3.500" />`,
  down: svg`<path d="M4 6l4 4 4-4" />`,
  left: svg`<path d="M10 4L6 8l4 4" />`,
  right: svg`<path d="M6 4l4 4-4 4" />`,
  person: svg`<circle cx="8" cy="5" r="2.500" /><path d="M3 13.500c.6-2.800 2.500-4 5-4s4.400 1.200 5 4" />`,
  clock: svg`<circle cx="8" cy="8" r="5.500" /><path d="M8 5v3.200l2 1.300" />`,
  warning: svg`<path d="M8 2.500l6 11H2zM8 6.500v3.500M8 11.800v.4" />`,
  flask: svg`<path d="M6.500 2v4L3 12.500c-.3.700.1 1.500.9 1.500h8.200c.8 0 1.200-.8.9-1.500L9.500 6V2M5.500 2h5M5 10h6" />`,
  keyboard: svg`<rect x="1.500" y="4" width="13" height="8" rx="1" /><path d="M4 6.500h.5M6.700 6.500h.5M9.300 6.500h.5M11.500 6.500h.5M5 9.500h6" />`,
  stop: svg`<rect x="4" y="4" width="8" height="8" />`,
  pause: svg`<path d="M6 4v8M10 4v8" />`,
  question: svg`<path d="M5.500 6A2.500 2.500 0 1 1 8.600 8.400c-.5.200-.6.600-.6 1.300M8 12v.4" />`,
  info: svg`<circle cx="8" cy="8" r="5.800" /><path d="M8 7.300V11M8 5v.4" />`,
  filter: svg`<path d="M2 3.500h12L9.500 8.500v4l-3 1v-5z" />`,
  target: svg`<circle cx="8" cy="8" r="5.500" /><circle cx="8" cy="8" r="2" />`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof paths;

export function icon(name: IconName, size = 14): TemplateResult {
  return html`<svg
    width=${size}
    height=${size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.3"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    >${paths[name]}</svg
  >`;
}
