import { css } from 'lit';

/** What the parts of the Job page and of the dataset view have in common beyond the shared sheet. */
export const sections = css`
  section {
    padding: 10px 14px;
    border-top: 1px solid var(--line);
  }
  h2 {
    margin-bottom: 6px;
    font-size: 1.05em;
    font-weight: 600;
  }
  dl.facts {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 3px 14px;
    font-size: 12px;
  }
  dl.facts dt {
    color: var(--muted);
  }
  dl.facts dd {
    overflow-wrap: anywhere;
  }
  code {
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.95em;
  }
  .scroll {
    overflow: auto;
  }
  .scroll:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  table {
    border-collapse: collapse;
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 3px 14px 3px 0;
    text-align: start;
    white-space: nowrap;
  }
  th {
    color: var(--muted);
    font-weight: 600;
  }
  td.end,
  th.end {
    text-align: end;
  }
  .switch {
    display: inline-flex;
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .bar h2 {
    margin: 0;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 10px;
    align-items: center;
  }
  progress {
    width: 180px;
    height: 4px;
    appearance: none;
    overflow: hidden;
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 2px;
    background: var(--vscode-scrollbarSlider-background);
  }
  progress::-webkit-progress-bar {
    background: transparent;
  }
  progress::-webkit-progress-value {
    background: var(--vscode-progressBar-background);
  }
`;
