import { css } from 'lit';

export const lineChartStyles = css`
  :host {
    display: block;
    min-width: 0;
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 10px;
    align-items: center;
    min-height: 26px;
  }
  h3 {
    margin: 0;
    font-size: 1em;
    font-weight: 600;
  }
  .readout {
    min-height: 18px;
    overflow: hidden;
    color: var(--vscode-descriptionForeground);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: inline-flex;
    margin-inline-start: auto;
    gap: 2px;
  }
  button {
    min-width: 24px;
    height: 24px;
    padding: 0 5px;
    border: 1px solid transparent;
    border-radius: 4px;
    background: transparent;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
  }
  button:disabled {
    opacity: 0.4;
    cursor: default;
  }
  button:focus-visible,
  .plot:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
  .plot {
    display: block;
    width: 100%;
    overflow: hidden;
    cursor: crosshair;
    touch-action: pan-y;
    user-select: none;
  }
  .axis text {
    fill: var(--vscode-descriptionForeground);
    font-size: 11px;
    font-variant-numeric: tabular-nums;
  }
  .axis .name {
    fill: var(--vscode-foreground);
  }
  .grid {
    stroke: var(--vscode-charts-lines, var(--vscode-panel-border));
    stroke-opacity: 0.35;
    shape-rendering: crispEdges;
  }
  .frame {
    fill: none;
    stroke: var(--vscode-contrastBorder, var(--vscode-charts-lines, var(--vscode-panel-border)));
    stroke-opacity: 0.6;
    shape-rendering: crispEdges;
  }
  .curve {
    fill: none;
    stroke: currentColor;
    stroke-width: 1.6;
    stroke-linejoin: round;
  }
  .band {
    fill: currentColor;
    fill-opacity: 0.16;
    stroke: none;
  }
  .whisker {
    fill: none;
    stroke: currentColor;
    stroke-width: 1.3;
  }
  .marker {
    fill: currentColor;
    stroke: currentColor;
    stroke-width: 1.2;
  }
  .marker.open {
    fill: var(--vscode-editor-background);
  }
  .cursor {
    stroke: var(--vscode-foreground);
    stroke-opacity: 0.6;
    stroke-dasharray: 2 2;
  }
  .selected {
    fill: var(--vscode-editor-selectionBackground, var(--vscode-focusBorder));
    fill-opacity: 0.4;
    stroke: var(--vscode-focusBorder);
  }
  .empty {
    display: flex;
    align-items: center;
    justify-content: center;
    padding: 0 20px;
    border: 1px dashed var(--vscode-panel-border, var(--vscode-contrastBorder));
    color: var(--vscode-descriptionForeground);
    text-align: center;
  }
`;
