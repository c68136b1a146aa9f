// @vitest-environment happy-dom
import 'vscode-jsonrpc/node';
import { afterEach, expect, it, vi } from 'vitest';
import { createMessageConnection } from 'vscode-jsonrpc';
import { JobPanel } from '../../../src/contract/jobPanel.ts';
import { answer } from '../../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../../src/contract/webviewTransport.ts';
import { runSnapshot, trainJob } from '../../../webview/dev/fakeRuns.ts';
import { answerTalk } from '../../../webview/dev/fakeTalk.ts';
import { RunView } from '../../../webview/jobs/panel/runView.ts';
import { ChatPane } from '../../../webview/jobs/view/chatPane.ts';
import { ports } from './ports.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });
afterEach(() => document.body.replaceChildren());

it('asking, stopping and a new chat leave the keyboard in the question, though their buttons go', async () => {
  const [page, editor] = ports();
  const host = createMessageConnection(new WebviewMessageReader(editor), new WebviewMessageWriter(editor));
  const job = trainJob('serve-1', 'Chat', { kind: 'serve', phase: 'serve' });
  const about = { revision: 1, project: '/p', name: 'p', trusted: true, run: job.run, jobs: [job] };
  answer(host, JobPanel.ready, () => about);
  answer(host, JobPanel.snapshot, () => runSnapshot(job, { steps: 1 }));
  answerTalk(host, 'ready', () => {});
  host.listen();
  const view = new RunView({ port: page, readState: () => null, writeState: () => {} });
  await view.start();
  const pane = new ChatPane();
  pane.view = view;
  document.body.append(pane);
  const part = (selector: string) => {
    const found = pane.shadowRoot?.querySelector<HTMLElement>(selector);
    if (!found) throw new Error(`there is no ${selector}`);
    return found;
  };
  const focused = () => pane.shadowRoot?.activeElement?.tagName;
  await until(() => expect(part('textarea').hasAttribute('disabled')).toBe(false));

  view.setDraft('When was it lit?');
  await pane.updateComplete;
  part('form ui-button').click();
  await until(() => expect(view.talk.going).toBeDefined());
  expect(focused()).toBe('TEXTAREA');

  part('textarea').blur();
  await pane.updateComplete;
  part('form ui-button').click();
  await until(() => expect(view.talk.going).toBeUndefined());
  expect(focused()).toBe('TEXTAREA');

  part('textarea').blur();
  part('form button').click();
  await until(() => expect(view.talk.exchanges).toEqual([]));
  expect(focused()).toBe('TEXTAREA');
  host.dispose();
});
