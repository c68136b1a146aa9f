import { css } from 'lit';

/** Native fields in the theme's colours: a label, the keyboard and a screen reader work as everywhere. */
export const fieldStyles = css`
  label {
    display: inline-flex;
    gap: 6px;
    align-items: center;
    color: var(--muted);
    font-size: 12px;
  }
  select,
  input,
  textarea {
    padding: 3px 6px;
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-input-border, var(--line)));
    border-radius: 2px;
    background: var(--vscode-input-background);
    color: var(--vscode-input-foreground);
    font: inherit;
  }
  select {
    background: var(--vscode-dropdown-background);
    color: var(--vscode-dropdown-foreground);
  }
  select:focus-visible,
  input:focus-visible,
  textarea:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
`;
