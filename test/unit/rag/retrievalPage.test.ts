// @vitest-environment happy-dom
import 'vscode-jsonrpc/node';
import { render } from 'lit';
import { afterEach, describe, expect, it } from 'vitest';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import {
  type RetrievalOverride,
  type RetrievalQuality,
  RetrievalSettings,
  type RetrievedChunk,
} from '../../../src/contract/retrieval.ts';
import {
  RetrievalPanel,
  type RetrievalPanelInit,
  RetrievalPanelPushed,
  type RetrievalSnapshot,
} from '../../../src/contract/retrievalRpc.ts';
import { answer, failure } from '../../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../../src/contract/webviewTransport.ts';
import { valueIn } from '../../../webview/resource.ts';
import { TryRetrieval } from '../../../webview/retrieval/panel/tryRetrieval.ts';
import {
  freshUiState,
  otherChunkings,
  overrideOf,
  rankOnOtherSide,
  revived,
  stagesOf,
} from '../../../webview/retrieval/state/sides.ts';
import { chunkCard } from '../../../webview/retrieval/view/chunkCard.ts';
import { qualityTable } from '../../../webview/retrieval/view/qualityTable.ts';
import { tuningTable } from '../../../webview/retrieval/view/tuningTable.ts';
import { portOf } from '../../fixtures/messagePort.ts';

const settings = RetrievalSettings.parse({ chunk_size: 512, top_k: 5 });
const indexed = (size: number, complete = true) => ({
  ...{ unit: 'characters' as const, size, overlap: 0, embedder: null, chunks: 10, complete },
});
const overview: RetrievalPanelInit['overview'] = {
  state: { state: 'ready', chunks: 10, documents: 2, embedder: null, dimension: null, fingerprint: 'one', built: 1 },
  settings,
  tuning: null,
  indexed: [indexed(256), indexed(256), indexed(512), indexed(1024, false)],
  needs: { download_mb: null, python: true, origins: [], keys: [] },
};
const chunk = (start: number, rank: number, more: Partial<RetrievedChunk> = {}): RetrievedChunk => ({
  ...{ id: `d:${start}`, document: 'd', title: 'D', start, end: start + 100, header: '', text: `text ${start}`, rank },
  ...more,
});

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Asked {
  query: string;
  settings: RetrievalOverride;
}

/** The page over a real message channel, with a host that answers by rule. */
async function page(init: Partial<RetrievalPanelInit> = {}, remembered: unknown = null) {
  const channel = new MessageChannel();
  const port = portOf(channel.port2);
  const host: MessageConnection = createMessageConnection(
    new WebviewMessageReader(port),
    new WebviewMessageWriter(port),
  );
  const asked: Asked[] = [];
  answer(host, RetrievalPanel.ready, () => ({
    revision: 1,
    project: '/p',
    name: 'p',
    trusted: true,
    overview,
    job: null,
    ...init,
  }));
  answer(host, RetrievalPanel.retrieve, (question) => {
    asked.push(question);
    if (question.settings.mode === 'vector') throw failure('no_index', 'The index holds no vectors.');
    return { mode: question.settings.mode ?? 'hybrid', notes: [], chunks: [chunk(0, 1), chunk(500, 2)], ms: 3 };
  });
  const measured: RetrievalQuality = {
    benchmark: 'b',
    questions: 3,
    questions_total: 9,
    recall: { 8: { value: 0.5, ci95: [0.25, 0.75] } },
    mrr: 0.3,
    mrr_ci95: [0.1, 0.5],
    settings,
  };
  answer(host, RetrievalPanel.quality, () => ({ rows: [measured] }));
  host.listen();
  let state = remembered;
  const view = new TryRetrieval({
    port: portOf(channel.port1),
    readState: () => state,
    writeState: (next) => {
      state = JSON.parse(JSON.stringify(next));
    },
  });
  open.push(() => {
    channel.port1.close();
    channel.port2.close();
  });
  await view.start();
  const changes = (is: () => boolean) =>
    new Promise<void>((done) => {
      const stop = view.subscribe(() => {
        if (!is()) return;
        stop();
        done();
      });
      if (is()) {
        stop();
        done();
      }
    });
  return { view, asked, changes, host, state: () => state };
}

describe('the Try Retrieval page', () => {
  it('searches with the settings of smt.yaml, and with a second setting beside it', async () => {
    const { view, asked } = await page();
    view.keep({ query: '  Who built it? ' });
    await view.search();
    expect(asked).toEqual([{ query: 'Who built it?', settings: {} }]);
    expect(valueIn(view.found[0])?.chunks).toHaveLength(2);
    view.setCompare(true);
    await view.search();
    expect(asked.at(-1)).toEqual({ query: 'Who built it?', settings: { mode: 'text' } });
    expect(view.announcement).toBe('2 and 2 passages found');
    expect(view.otherSide(0)).toHaveLength(2);
  });

  it('searches again when a setting changes, and shows what went wrong on that side only', async () => {
    const { view, asked, changes } = await page();
    view.keep({ query: 'x' });
    view.setCompare(true);
    await view.search();
    view.setSide(1, { mode: 'vector', top_k: 3 });
    await changes(() => view.found[1].status === 'failed');
    expect(asked.at(-1)?.settings).toEqual({ mode: 'vector', top_k: 3 });
    expect(view.found[1]).toMatchObject({ failure: { code: 'no_index' } });
    expect(view.found[0].status).toBe('ready');
  });

  it('asks nothing for an empty question, nor where nothing is indexed or the folder is not trusted', async () => {
    const { view, asked } = await page();
    await view.search();
    expect(asked).toEqual([]);
    expect(view.searchable).toBe(true);
    const none = await page({ overview: { ...overview, indexed: [] } });
    expect(none.view.searchable).toBe(false);
    const restricted = await page({ trusted: false }, { ...freshUiState('/p'), query: 'kept' });
    expect(restricted.view.searchable).toBe(false);
    expect(restricted.asked).toEqual([]);
  });

  it('measures the first setting, and puts the figures away when that setting changes', async () => {
    const { view } = await page();
    await view.measure();
    const place = document.createElement('div');
    render(qualityTable(valueIn(view.quality) ?? []), place);
    expect(place.querySelector('tbody')?.textContent?.replace(/\s+/g, ' ').trim()).toBe(
      'b 3 of 9 50 % (25–75) 0.300 (0.10–0.50)',
    );
    view.setSide(1, { top_k: 3 });
    expect(view.quality.status).toBe('ready');
    view.setSide(0, { top_k: 3 });
    expect(view.quality.status).toBe('idle');
    render(qualityTable([]), place);
    expect(place.textContent).toContain('nothing to measure against');
  });

  it('shows what the last tuning found, the project’s own setting marked', () => {
    const place = document.createElement('div');
    render(tuningTable(null, settings), place);
    expect(place.textContent?.trim()).toBe('');
    const row = (chunk_size: number, value: number) => ({
      ...{ benchmark: 'b', questions: 3, mrr: value, settings: { ...settings, chunk_size, top_k: 32 } },
      recall: { 8: { value, ci95: null } },
    });
    const rows = [row(256, 0.25), row(settings.chunk_size, 0.5)];
    render(tuningTable({ v: 1, measured: 1_790_000_000, rows }, settings), place);
    const lines = [...place.querySelectorAll('tbody tr')].map((line) => line.textContent?.replace(/\s+/g, ' ').trim());
    expect(lines).toEqual([
      '256 characters, hybrid b 3 25 % (no interval) 0.250 (no interval)',
      '512 characters, hybrid (smt.yaml) b 3 50 % (no interval) 0.500 (no interval)',
    ]);
  });

  it('comes back with question and settings, and shows the answer again', async () => {
    const ui = { ...freshUiState('/p'), query: 'Where was I?', compare: true };
    const { view, asked, changes } = await page({}, ui);
    await changes(() => view.shown.every(({ status }) => status === 'ready'));
    expect(asked.map(({ query }) => query)).toEqual(['Where was I?', 'Where was I?']);
    expect(revived(ui, '/other')).toEqual(freshUiState('/other'));
    expect(revived({ v: 0, nonsense: true }, '/p')).toEqual(freshUiState('/p'));
  });

  it('searches again when the index was built anew; an older snapshot is dropped', async () => {
    const { view, asked, changes, host } = await page();
    view.keep({ query: 'x' });
    await view.search();
    const push = (revision: number, fingerprint: string) => {
      const snapshot: typeof RetrievalSnapshot._output = {
        ...{ revision, job: null, overview: { ...overview, state: { ...overview.state, fingerprint } } },
      };
      return host.sendNotification(RetrievalPanelPushed.snapshot, snapshot);
    };
    await push(5, 'two');
    await changes(() => asked.length === 2 && view.found[0].status === 'ready');
    await push(4, 'old');
    await push(6, 'two');
    await changes(() => view.init?.overview.state.fingerprint === 'two');
    expect(asked).toHaveLength(2);
  });
});

describe('its parts', () => {
  it('offer other chunkings that are complete, each once', () => {
    expect(otherChunkings(overview).map(({ size }) => size)).toEqual([256]);
    expect(overrideOf({ mode: null, top_k: null, chunking: { unit: 'tokens', size: 200, overlap: 20 } })).toEqual({
      ...{ chunk_unit: 'tokens', chunk_size: 200, chunk_overlap: 20 },
    });
  });

  it('know the same passage on the other side, whatever its chunks are', () => {
    expect(rankOnOtherSide(chunk(0, 1), [chunk(300, 1), chunk(20, 2)])).toBe(2);
    expect(rankOnOtherSide(chunk(0, 1), [chunk(60, 1)])).toBeUndefined();
    expect(rankOnOtherSide(chunk(0, 1), [{ ...chunk(0, 1), document: 'e' }])).toBeUndefined();
  });

  it('write stages in the order in which they work, and a document’s text as text', () => {
    const found = chunk(0, 1, {
      ...{ title: '<b>T</b>', text: '<img src=x onerror=alert(1)>', vector: { score: 0.51234, rank: 4 } },
      ...{ text_match: { score: 12.345, rank: 1 }, fused: { score: 0.0323, rank: 2 }, rerank: { score: 0.9, rank: 1 } },
    });
    expect(stagesOf(found).map(({ name, score, rank }) => `${name} ${score} #${rank}`)).toEqual([
      'Vector 0.512 #4',
      'Full text 12.35 #1',
      'Fused 0.0323 #2',
      'Reranker 0.900 #1',
    ]);
    const place = document.createElement('ol');
    let opened = 0;
    const options = { whole: false, elsewhere: null, focusable: true, toggle: () => undefined };
    render(chunkCard(found, { ...options, open: () => (opened += 1) }), place);
    expect(place.querySelectorAll('img, b')).toHaveLength(0);
    expect(place.textContent).toContain('<img src=x onerror=alert(1)>');
    expect(place.textContent).toContain('only here');
    place.querySelector('button')?.click();
    expect(opened).toBe(1);
  });
});
