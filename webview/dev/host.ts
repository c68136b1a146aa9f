/** Plays VS Code for the page: themes, `acquireVsCodeApi`, and a host on the other end of a `MessageChannel`. */
// Gives vscode-jsonrpc its timers and encoders for a browser; tests import its Node counterpart.
import 'vscode-jsonrpc/browser';
import type { MessagePortLike } from '../../src/contract/webviewTransport.ts';
import { FakeEditor, type FakeEditorOptions, fixtureJob } from './fakeEditor.ts';
import { FakeStore } from './fakeStore.ts';
import { makeSamples } from './fixture.ts';
import { applyTheme } from './themes.ts';

const wish = new URLSearchParams(location.search);
applyTheme(wish.get('theme') ?? 'dark');

const channel = new MessageChannel();
channel.port1.onmessage = ({ data }: MessageEvent<unknown>) =>
  window.dispatchEvent(new MessageEvent('message', { data }));
const port: MessagePortLike = {
  post: (message) => channel.port2.postMessage(message),
  listen: (receive) => {
    channel.port2.onmessage = ({ data }: MessageEvent<unknown>) => receive(data);
    return { dispose: () => channel.port2.close() };
  },
};

const STATE = 'page state';
globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => channel.port1.postMessage(message),
  getState: () => JSON.parse(sessionStorage.getItem(STATE) ?? 'null') as unknown,
  setState: (state) => sessionStorage.setItem(STATE, JSON.stringify(state)),
});

const situation = wish.get('case') ?? '';
const many = { empty: 0, large: 120_000 }[situation] ?? 420;
const store = new FakeStore(
  makeSamples(many).map((sample) =>
    situation === 'rejected'
      ? { ...sample, state: 'rejected', reason: 'malformed', detail: 'The line “Answer:” is missing.' }
      : sample,
  ),
);
const paused = fixtureJob({
  state: 'paused',
  paused: {
    cause: 'endpoint',
    message: 'http://127.0.0.1:11434 refused 24 requests in a row.',
    reasons: [
      { reason: 'connection refused', count: 21 },
      { reason: 'timeout', count: 3 },
    ],
  },
});
const live = wish.get('live') !== '0' && situation === '';
const options: FakeEditorOptions = {
  trusted: situation !== 'restricted',
  jobs: situation === 'paused' || situation === 'empty-paused' ? [paused] : live ? [fixtureJob()] : [],
  ...(situation === 'failed' ? { broken: 'The engine process ended with SIGILL.' } : {}),
};
const editor = new FakeEditor(port, store, options);

// For tests and for trying out by hand.
Object.assign(globalThis, { fakeEditor: editor, makeSamples });

if (live) {
  let made = many;
  setInterval(() => {
    store.add(makeSamples(3, made, made), wish.get('insert') === 'start' ? 'start' : 'end');
    made += 3;
    editor.jobs = editor.jobs.map((job) =>
      job.progress ? { ...job, progress: { ...job.progress, done: Math.min(1000, job.progress.done + 2) } } : job,
    );
    editor.push();
  }, 700);
}
