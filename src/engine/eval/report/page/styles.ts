/** The page's one style sheet; its hash is the only style that the page's policy allows. */
export const STYLES = `
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fff; --muted: #5a5a62; --line: #d6d6dc; --soft: #f4f4f7;
  --base: #1458b8; --trained: #7a2fb0; --rag: #1d7233; --fit: #1458b8; --warn: #8a4b00; --right: #1d7233; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6ea; --paper: #1b1b1f; --muted: #a9a9b3; --line: #3c3c44; --soft: #26262c;
    --base: #7fb2ff; --trained: #cf9bff; --rag: #79d08c; --fit: #7fb2ff; --warn: #f0b35e; --right: #79d08c; --wrong: #ff9a90; }
}
* { box-sizing: border-box; }
body { max-width: 1080px; margin: 0 auto; padding: 28px 20px 60px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { margin: 0 0 2px; font-size: 1.7em; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 38px 0 8px; padding-top: 10px; border-top: 1px solid var(--line); font-size: 1.25em; }
h3 { margin: 22px 0 6px; font-size: 1.05em; overflow-wrap: anywhere; }
p, ul { margin: 6px 0; }
.muted, .sub { color: var(--muted); }
.sub { font-size: .86em; }
.covers { max-width: 95ch; color: var(--muted); font-size: .88em; }
.footnote:has(+ .footnote) { margin-bottom: 0; }
.footnote + .footnote { margin-top: 2px; }
.scroll { overflow-x: auto; margin: 8px 0 14px; }
.scroll:focus-visible { outline: 2px solid var(--base); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { padding: 4px 0; text-align: start; font-weight: 600; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: baseline; }
thead th { color: var(--muted); font-size: .8em; }
tbody th { min-width: 170px; font-weight: 400; overflow-wrap: anywhere; }
.figure { text-align: end; white-space: nowrap; }
td.drawn { width: 26%; min-width: 130px; padding: 0; vertical-align: middle; }
td.not { white-space: normal; max-width: 26ch; }
svg { display: block; }
.rail { width: 100%; height: 22px; overflow: visible; }
.rail .track { stroke: var(--line); }
.level { stroke: var(--rag); stroke-dasharray: 4 3; }
.mark { color: var(--base); }
.mark.trained { color: var(--trained); }
.mark.elsewhere { color: var(--muted); }
.whisker { fill: none; stroke: currentColor; stroke-width: 2; }
.value { fill: currentColor; }
.curve { width: 100%; height: auto; margin: 8px 0; }
.curve text { fill: var(--muted); font-size: 11px; }
.curve .grid { stroke: var(--line); stroke-opacity: .6; }
.curve .frame { fill: none; stroke: var(--line); }
.curve .band { fill: var(--fit); fill-opacity: .14; }
.curve .line { fill: none; stroke: var(--fit); stroke-width: 2; }
.curve .ragband { fill: var(--rag); fill-opacity: .12; }
.curve .rag { stroke: var(--rag); stroke-width: 2; stroke-dasharray: 7 4; }
.curve .base { stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 2 3; }
.curve .baseband { fill: var(--muted); fill-opacity: .1; }
.curve .cross { fill: none; stroke: var(--wrong); stroke-width: 2; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 4px 0; padding: 0; list-style: none; font-size: .88em; }
.key svg { display: inline-block; width: 28px; height: 12px; margin-inline-end: 6px; vertical-align: middle; }
.warnings { padding: 10px 14px; border-inline-start: 4px solid var(--warn); background: var(--soft); }
.warnings ul { padding-inline-start: 18px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 8px 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
article { margin: 14px 0; padding: 10px 14px; border: 1px solid var(--line); border-radius: 6px; }
article h3 { margin-top: 0; }
pre { margin: 4px 0 8px; padding: 8px; background: var(--soft); font: 13px/1.45 ui-monospace, Consolas, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
p, th, td, dd, li, h3 { unicode-bidi: isolate; }
.right { color: var(--right); }
.wrong { color: var(--wrong); }
@media (max-width: 640px) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; } }
@media print { body { max-width: none; } .scroll { overflow: visible; } article, tr { break-inside: avoid; } }
`;
