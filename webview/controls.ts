/**
 * The only module that knows the component library (@vscode/webview-ui-toolkit, named by the product's design card and
 * archived since 2025). Pages write `<ui-button>` and friends; another library means another version of this file.
 * Single components are registered, not `allComponents`: the page stays small.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/** Registers `ui-button`, `ui-checkbox`, `ui-dropdown`, `ui-option`, `ui-progress-ring`, `ui-text-area`, `ui-text-field`. */
export function registerControls(): void {
  provideVSCodeDesignSystem()
    .withPrefix('ui')
    .register(
      vsCodeButton(),
      vsCodeCheckbox(),
      vsCodeDropdown(),
      vsCodeOption(),
      vsCodeProgressRing(),
      vsCodeTextArea(),
      vsCodeTextField(),
    );
}

/** What a page reads from a text control after an `input` event. */
export function textOf(event: Event): string {
  const target = event.currentTarget ?? event.target;
  return target !== null && 'value' in target && typeof target.value === 'string' ? target.value : '';
}
