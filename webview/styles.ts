import { css } from 'lit';

/** Shared by all parts of all pages. Colours are the theme's only; nothing here names one. */
export const shared = css`
  :host {
    box-sizing: border-box;
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
    --line: var(--vscode-contrastBorder, var(--vscode-panel-border, var(--vscode-widget-border)));
    --muted: var(--vscode-descriptionForeground);
    --radius: 4px;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  ul,
  ol {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  .muted {
    color: var(--muted);
  }
  .nowrap {
    white-space: nowrap;
  }
  .numbers {
    font-variant-numeric: tabular-nums;
  }
  .grow {
    flex: 1 1 auto;
    min-width: 0;
  }
  .ellipsis {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .untrusted {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 0 6px;
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 9px;
    background: var(--vscode-badge-background);
    color: var(--vscode-badge-foreground);
    font-size: 11px;
    line-height: 17px;
    white-space: nowrap;
  }
  .mark {
    display: inline-flex;
    align-items: center;
    gap: 3px;
    font-size: 11px;
    line-height: 17px;
    white-space: nowrap;
  }
  .mark svg {
    flex: none;
  }
  .good svg {
    color: var(--vscode-testing-iconPassed, var(--vscode-charts-green));
  }
  .bad svg {
    color: var(--vscode-testing-iconFailed, var(--vscode-errorForeground));
  }
  .warn svg {
    color: var(--vscode-editorWarning-foreground, var(--vscode-charts-yellow));
  }
  button.plain {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    min-height: 24px;
    padding: 2px 7px;
    border: 1px solid transparent;
    border-radius: var(--radius);
    background: transparent;
    color: inherit;
    font: inherit;
    white-space: nowrap;
    cursor: pointer;
  }
  button.plain:hover:not(:disabled) {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  button.plain[aria-pressed='true'],
  button.plain[aria-expanded='true'],
  button.plain[aria-current='true'] {
    background: var(--vscode-inputOption-activeBackground, var(--vscode-toolbar-activeBackground));
    color: var(--vscode-inputOption-activeForeground, inherit);
    border-color: var(--vscode-inputOption-activeBorder, var(--vscode-contrastActiveBorder, transparent));
  }
  button.plain:disabled {
    opacity: 0.45;
    cursor: default;
  }
  button.link {
    padding: 0;
    border: 0;
    background: none;
    color: var(--vscode-textLink-foreground);
    font: inherit;
    text-align: start;
    text-decoration: underline;
    cursor: pointer;
  }
  button.link:hover {
    color: var(--vscode-textLink-activeForeground);
  }
  button:focus-visible,
  [tabindex]:focus-visible,
  summary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
  kbd {
    display: inline-block;
    min-width: 18px;
    padding: 0 4px;
    border: 1px solid var(--vscode-keybindingLabel-border, var(--line));
    border-bottom-color: var(--vscode-keybindingLabel-bottomBorder, var(--line));
    border-radius: 3px;
    background: var(--vscode-keybindingLabel-background);
    color: var(--vscode-keybindingLabel-foreground, inherit);
    font-family: inherit;
    font-size: 11px;
    line-height: 16px;
    text-align: center;
  }
  .label {
    color: var(--muted);
    font-size: 11px;
    font-weight: 600;
    letter-spacing: 0.02em;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
`;

/** The document itself: VS Code leaves the body transparent and padded. */
export const pageSheet = css`
  html,
  body {
    height: 100%;
    margin: 0;
    padding: 0 !important;
    overflow: hidden;
    background: var(--vscode-editor-background);
    color: var(--vscode-foreground);
  }
  body > main {
    display: block;
    height: 100%;
  }
`;
