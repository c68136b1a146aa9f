/**
 * The Samples panel's page. Runs inside a VS Code webview under the strict policy of the panel's HTML:
 * `default-src 'none'; script-src 'nonce-…'; style-src ${cspSource} 'nonce-…'` with `<meta property="csp-nonce">` for
 * the control library. Nothing is loaded from anywhere, all text is written as text.
 */
// Gives vscode-jsonrpc its timers and encoders for a browser; tests import its Node counterpart.
import 'vscode-jsonrpc/browser';
import { registerControls } from '../controls.ts';
import { vscodePageHost } from '../pageHost.ts';
import { SamplesPanel } from './panel/samplesPanel.ts';
import { SamplesApp } from './view/app.ts';
import { pageSheet } from './view/styles.ts';

registerControls();
if (pageSheet.styleSheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageSheet.styleSheet];

const panel = new SamplesPanel(vscodePageHost());
const app = new SamplesApp();
app.panel = panel;

const main = document.querySelector('main') ?? document.body.appendChild(document.createElement('main'));
main.replaceChildren(app);

// A page that is hidden is thrown away: what the person typed a moment ago must be in its state by then.
window.addEventListener('pagehide', () => panel.persist());
document.addEventListener('visibilitychange', () => panel.persist());

void panel.start();
