/**
 * The Results panel's page: the four cells, differences, the scaling curve, and every answer behind them. Runs inside a
 * VS Code webview under the strict policy of the panel's HTML; nothing is loaded from anywhere, all text is written as
 * text.
 */
// Gives vscode-jsonrpc its timers and encoders for a browser; tests import its Node counterpart.
import 'vscode-jsonrpc/browser';
import { registerControls } from '../controls.ts';
import { vscodePageHost } from '../pageHost.ts';
import { pageSheet } from '../samples/view/styles.ts';
import { ResultsView } from './panel/resultsView.ts';
import { ResultsApp } from './view/app.ts';

registerControls();
if (pageSheet.styleSheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageSheet.styleSheet];

const view = new ResultsView(vscodePageHost());
const app = new ResultsApp();
app.view = view;

const main = document.querySelector('main') ?? document.body.appendChild(document.createElement('main'));
main.replaceChildren(app);

void view.start();
