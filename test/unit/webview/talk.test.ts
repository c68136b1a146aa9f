import 'vscode-jsonrpc/node';
import { afterEach, expect, it, vi } from 'vitest';
import { createMessageConnection } from 'vscode-jsonrpc';
import { ChatPanel, type ChatView, type Exchange } from '../../../src/contract/conversation.ts';
import { JobPanelPushed } from '../../../src/contract/jobPanel.ts';
import { answer, failure } from '../../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../../src/contract/webviewTransport.ts';
import { connectToEditor } from '../../../webview/asking.ts';
import { Talk } from '../../../webview/jobs/panel/talk.ts';
import { announced, answeringInWords, indexInWords, paceInWords } from '../../../webview/jobs/state/talkWording.ts';
import { portOf } from '../../fixtures/messagePort.ts';

const index: ChatView['index'] = {
  ...{ state: 'ready', chunks: 12, documents: 2, embedder: null, dimension: null, fingerprint: 'f', built: 1 },
};
const exchange = (part: Partial<Exchange> = {}): Exchange => ({
  ...{ id: 1, question: 'When?', grounding: 'closed_book', answer: '', passages: [], notes: [], pace: null },
  ...{ first_piece_s: null, answering: { state: 'writing' }, ...part },
});
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

function talkWith(opened: () => ChatView | Promise<ChatView>) {
  const channel = new MessageChannel();
  const port = portOf(channel.port2);
  const host = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port));
  answer(host, ChatPanel.open, opened);
  answer(host, ChatPanel.clear, () => ({ revision: 99, exchanges: [] }));
  host.listen();
  const asking = connectToEditor(portOf(channel.port1), () => {});
  const talk = new Talk(asking, () => {});
  asking.connection.listen();
  open.push(() => {
    host.dispose();
    channel.port1.close();
    channel.port2.close();
  });
  const push = (revision: number, one: Exchange) =>
    host.sendNotification(JobPanelPushed.exchange.method, { run: 'r', revision, exchange: one });
  return { talk, push };
}

it('an answer grows in its place, and what is older than what is there is dropped', async () => {
  const { talk, push } = talkWith(() => ({ conversation: { revision: 5, exchanges: [exchange()] }, index }));
  await talk.open();
  expect(talk.going?.id).toBe(1);
  await push(7, exchange({ answer: 'In 1871.', answering: { state: 'done', cut: false } }));
  await until(() => expect(talk.exchanges.map(({ answer }) => answer)).toEqual(['In 1871.']));
  await push(6, exchange({ answer: 'In' }));
  await push(8, exchange({ id: 2, question: 'And then?' }));
  await until(() => expect(talk.exchanges.map(({ answer }) => answer)).toEqual(['In 1871.', '']));
  await talk.clear();
  expect(talk.exchanges).toEqual([]);
});

it('what was told while the whole was on its way is not lost', async () => {
  let give: (view: ChatView) => void = () => {};
  const given = new Promise<ChatView>((resolve) => {
    give = resolve;
  });
  const { talk, push } = talkWith(() => given);
  const opening = talk.open();
  await push(6, exchange({ answer: 'In 1871.', answering: { state: 'done', cut: false } }));
  give({ conversation: { revision: 5, exchanges: [exchange({ answer: 'In' })] }, index });
  await opening;
  expect(talk.exchanges[0]).toMatchObject({ answer: 'In 1871.', answering: { state: 'done' } });
});

it('a talk that could not be opened says why, and is asked for again', async () => {
  let broken = true;
  const { talk } = talkWith(() => {
    if (broken) throw failure('server', 'The engine process ended.');
    return { conversation: { revision: 0, exchanges: [] }, index };
  });
  await talk.open();
  expect(talk.view).toMatchObject({ status: 'failed', failure: { message: 'The engine process ended.' } });
  broken = false;
  await talk.open();
  expect(talk.view.status).toBe('ready');
});

it('is said in words: pace, what goes on, what the index holds', () => {
  expect(paceInWords({ tokens: 13, seconds: 2, exact: false })).toBe('about 13 tokens · 6.0 tokens/s');
  expect(paceInWords({ tokens: 1, seconds: 0, exact: true })).toBe('1 token');
  const done = exchange({
    ...{ answer: 'In 1871.', answering: { state: 'done', cut: true }, first_piece_s: 0.42 },
    pace: { tokens: 201, seconds: 1, exact: true },
  });
  expect(answeringInWords(done)).toBe(
    'Cut: the most tokens of an answer are reached · 201 tokens · 200 tokens/s · first word after 0.4 s',
  );
  // Who listens hears the whole answer once, and no single word before.
  expect(announced(exchange({ answer: 'In' }))).toBe('The model is answering.');
  expect(announced(done)).toBe('The model answered: In 1871.');
  expect(indexInWords({ ...index, state: 'none', chunks: 0 })).toMatchObject({
    usable: false,
    build: 'Build Retrieval Index',
  });
  expect(indexInWords({ ...index, state: 'stale', reason: 'Documents since then: 1 new.' })).toMatchObject({
    words: 'The index is stale: Documents since then: 1 new. It holds 12 chunks of 2 documents, full text only.',
    usable: true,
  });
});
