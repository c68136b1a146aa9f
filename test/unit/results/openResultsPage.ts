import 'vscode-jsonrpc/node';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import type { ResultsSummary } from '../../../src/contract/results.ts';
import { ResultsPage } from '../../../src/contract/resultsRpc.ts';
import { answer } from '../../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../../src/contract/webviewTransport.ts';
import { ResultsView } from '../../../webview/results/panel/resultsView.ts';
import { ResultsApp } from '../../../webview/results/view/app.ts';
import { portOf } from '../../fixtures/messagePort.ts';

/** The Results page in a DOM over a real message channel: what it opens with, and what else the editor answers. */
export async function openResultsPage(
  project: string,
  summary: ResultsSummary,
  answers: (editor: MessageConnection, warn: (message: string) => void) => void = () => {},
): Promise<{ app: ResultsApp; close(): void }> {
  const { port1, port2 } = new MessageChannel();
  const editor = createMessageConnection(
    new WebviewMessageReader(portOf(port1)),
    new WebviewMessageWriter(portOf(port1)),
  );
  const warn = (message: string) => console.warn(message);
  answer(
    editor,
    ResultsPage.ready,
    async () => ({ revision: 1, project, name: 'p', trusted: true, summary, jobs: [], documents: [] }),
    warn,
  );
  answers(editor, warn);
  editor.listen();
  const view = new ResultsView({ port: portOf(port2), readState: () => null, writeState: () => {} });
  const app = new ResultsApp();
  app.view = view;
  document.body.append(app);
  await view.start();
  await app.updateComplete;
  const close = () => {
    app.remove();
    editor.dispose();
    port1.close();
    port2.close();
  };
  return { app, close };
}
