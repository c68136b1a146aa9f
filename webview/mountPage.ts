// Gives vscode-jsonrpc its timers and encoders for a browser; tests import its Node counterpart.
import 'vscode-jsonrpc/browser';
import { registerControls } from './controls.ts';
import { pageSheet } from './styles.ts';

/**
 * Puts a page's root element into the webview's document and begins. A page runs under the strict policy of the panel's
 * HTML (`pageDocument.ts`): nothing is loaded from anywhere, all text is written as text.
 */
export function mountPage(root: HTMLElement, state: { start(): Promise<void>; persist(): void }): void {
  registerControls();
  if (pageSheet.styleSheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageSheet.styleSheet];
  const main = document.querySelector('main') ?? document.body.appendChild(document.createElement('main'));
  main.replaceChildren(root);
  // A page that is hidden is thrown away: what the person typed a moment ago must be in its state by then.
  window.addEventListener('pagehide', () => state.persist());
  document.addEventListener('visibilitychange', () => state.persist());
  void state.start();
}
