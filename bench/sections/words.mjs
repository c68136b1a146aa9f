/** How figures are written. A bar is `[what, measured, bar, held]`. */
export const number = (value) => Math.round(value).toLocaleString('en');
export const share = (value) => value.toFixed(2);
export const ms = (value) => `${number(value)} ms`;
export const mb = (value) => `${number(value)} MB`;
export const percent = (value) => `${value} %`;
/** `[what, value, bar]` of a figure that must stay under the bar. */
export const under = (what, value, bar, unit) => [what, unit(value), `< ${unit(bar)}`, value < bar];
