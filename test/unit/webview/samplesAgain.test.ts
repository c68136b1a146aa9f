// @vitest-environment happy-dom
import 'vscode-jsonrpc/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeEditor, fixtureJob } from '../../../webview/dev/fakeEditor.ts';
import { FakeStore } from '../../../webview/dev/fakeStore.ts';
import { makeSamples } from '../../../webview/dev/fixture.ts';
import { SamplesPanel } from '../../../webview/samples/panel/samplesPanel.ts';
import { CountsBar } from '../../../webview/samples/view/countsBar.ts';
import { ports } from './ports.ts';

async function countsOf(prepare: (store: FakeStore, editor: FakeEditor) => void, trusted = true) {
  const [page, host] = ports();
  const store = new FakeStore(makeSamples(20));
  const editor = new FakeEditor(host, store, { trusted });
  prepare(store, editor);
  const panel = new SamplesPanel({ port: page, readState: () => null, writeState: () => {} });
  await panel.start();
  const bar = new CountsBar();
  bar.panel = panel;
  document.body.append(bar);
  await bar.updateComplete;
  return {
    panel,
    text: () => bar.shadowRoot?.textContent ?? '',
    button: () => bar.shadowRoot?.querySelector('ui-button'),
  };
}

afterEach(() => document.body.replaceChildren());

describe('samples that were judged with other evaluation questions', () => {
  it('are said to be, and can be made again from there', async () => {
    const { panel, text, button } = await countsOf((store) => {
      store.outdated = true;
    });
    expect(text()).toContain('The evaluation questions');
    expect(text()).toContain('nothing is sent, and nothing is paid');
    button()?.dispatchEvent(new Event('click'));
    await vi.waitFor(() => expect(panel.notice).toMatchObject({ text: 'Asked for more: rederive' }), 60_000);
  });

  it('are not offered to be made again in a folder that is not trusted, nor while a job runs', async () => {
    const untrusted = await countsOf((store) => {
      store.outdated = true;
    }, false);
    expect(untrusted.text()).toContain('The evaluation questions');
    expect(untrusted.button()).toBeNull();
    const busy = await countsOf((store, editor) => {
      store.outdated = true;
      editor.jobs = [fixtureJob()];
    });
    expect(busy.button()).toBeNull();
  });

  it('are no matter where the questions are the same', async () => {
    const { text, button } = await countsOf(() => {});
    expect(text()).toContain('20 samples');
    expect(text()).not.toContain('The evaluation questions');
    expect(button()).toBeNull();
  });
});
