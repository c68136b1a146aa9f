/**
 * The dataset view's page: the training sets of a project, what each is made of, and its rows as a person reads them.
 * Runs inside a VS Code webview under the strict policy of the panel's HTML; all text is written as text.
 */
// Gives vscode-jsonrpc its timers and encoders for a browser; tests import its Node counterpart.
import 'vscode-jsonrpc/browser';
import { registerControls } from '../controls.ts';
import { vscodePageHost } from '../pageHost.ts';
import { pageSheet } from '../samples/view/styles.ts';
import { DatasetView } from './panel/datasetView.ts';
import { DatasetApp } from './view/app.ts';

registerControls();
if (pageSheet.styleSheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageSheet.styleSheet];

const view = new DatasetView(vscodePageHost());
const app = new DatasetApp();
app.view = view;

const main = document.querySelector('main') ?? document.body.appendChild(document.createElement('main'));
main.replaceChildren(app);

void view.start();
