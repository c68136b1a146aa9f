/** The Try Retrieval page without VS Code: an invented corpus, searched by shared words. */
import 'vscode-jsonrpc/browser';
import { createMessageConnection } from 'vscode-jsonrpc';
import type { JobStatus } from '../../src/contract/events.ts';
import {
  type RetrievalOverride,
  type RetrievalQuality,
  RetrievalSettings,
  type RetrievedChunk,
} from '../../src/contract/retrieval.ts';
import { RetrievalPanel, type RetrievalPanelInit, RetrievalPanelPushed } from '../../src/contract/retrievalRpc.ts';
import { answer, failure } from '../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../src/contract/webviewTransport.ts';
import { stage } from './stage.ts';

const { port, wish } = stage('retrieval');
const situation = wish.get('case') ?? '';

const PASSAGES = [
  'Osmer of Varn built the bridge over the Lunt in 1871, of stone from the quarry at Hesk.',
  'Before the bridge a ferry crossed the river; its last ferryman was called Quill.',
  'The mill of Varn grinds barley in autumn and rye in spring.',
  'Hesk lies two days from Varn, and its quarry has been closed since the flood. '.repeat(9),
  'The toll of the bridge was four pence for a cart and a penny for a cow.',
  'Every spring the river takes a piece of the bank, and every summer it is given back.',
];
const settings = RetrievalSettings.parse({ top_k: 5 });
const none = situation === 'empty' || situation === 'building';
const tried = (chunk_size: number): RetrievalQuality[] =>
  (['text', 'vector', 'hybrid'] as const).map((mode, at) => ({
    ...{ benchmark: 'valley', questions: 22, mrr: 0.304, settings: { ...settings, chunk_size, mode, top_k: 32 } },
    recall: { 1: { value: 0.14 + at / 20, ci95: null }, 8: { value: 0.5 + at / 20, ci95: [0.24, 0.84] } },
  }));
const overview: RetrievalPanelInit['overview'] = {
  state: {
    state: none ? 'none' : situation === 'stale' ? 'stale' : 'ready',
    ...(situation === 'stale' ? { reason: 'Documents since then: 2 changed, 1 new.' } : {}),
    chunks: none ? 0 : 1714,
    documents: none ? 0 : 22,
    embedder: none ? null : 'all-MiniLM-L6-v2 (built-in)',
    dimension: none ? null : 384,
    fingerprint: none ? null : 'f'.repeat(32),
    built: none ? null : 1_790_000_000,
  },
  settings,
  indexed: none
    ? []
    : [256, 1024].map((size) => ({
        unit: 'characters',
        size,
        overlap: 0,
        embedder: 'all-MiniLM-L6-v2 (built-in)',
        chunks: 1714,
        complete: true,
      })),
  tuning:
    situation === 'tuned'
      ? { v: 1, measured: 1_790_000_000, rows: [256, 512, 1024].flatMap((size) => tried(size)) }
      : null,
  needs: { download_mb: null, python: true, origins: [], keys: [] },
};
const job: JobStatus = {
  ...{ v: 1, run: 'index-1', kind: 'index', title: 'Retrieval index', state: 'running', phase: 'embed' },
  ...{ created: 1_790_000_000, updated: 1_790_000_010, pid: 1, host: 'here', attempt: 1, last_seq: 4 },
  progress: { done: 420, total: 1714, unit: 'chunk', eta_s: 61, rate: 21.4 },
};
const measured: RetrievalQuality = {
  ...{ benchmark: 'valley', questions: 22, mrr: 0.304, mrr_ci95: [0.11, 0.52], settings },
  recall: { 1: { value: 0.14, ci95: null }, 8: { value: 0.55, ci95: [0.24, 0.84] } },
};
const running = situation === 'building' || situation === 'rebuilding';

const connection = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port), console);
const log = (message: string) => console.warn(`host: ${message}`);
answer(
  connection,
  RetrievalPanel.ready,
  () => {
    if (situation === 'broken')
      throw failure('server', 'The engine process ended.', 'It is being restarted; try again.');
    const trusted = situation !== 'restricted';
    return {
      revision: 1,
      project: '/projects/osmerrow',
      name: 'osmerrow',
      trusted,
      overview,
      job: running ? job : null,
    };
  },
  log,
);
answer(
  connection,
  RetrievalPanel.retrieve,
  ({ query, settings: asked }) => {
    if (situation === 'failed') throw failure('endpoint', 'Endpoint "tei" cannot be reached.', 'Start the server.');
    if (asked.mode === 'vector' && situation === 'words')
      throw failure('builtin', 'The built-in embedder needs one download of 118 MB.');
    const mode = situation === 'words' ? 'text' : (asked.mode ?? settings.mode);
    const notes = situation === 'words' ? ['The index holds no vectors. Full-text search (BM25) alone is used.'] : [];
    return { mode, notes, chunks: search(query, asked, mode), ms: 23 };
  },
  log,
);
answer(
  connection,
  RetrievalPanel.quality,
  () => {
    if (situation === 'words') return { rows: [] };
    return { rows: [measured] };
  },
  log,
);
answer(
  connection,
  RetrievalPanel.build,
  () => {
    void connection.sendNotification(RetrievalPanelPushed.snapshot, { revision: 2, overview, job });
    return { started: true };
  },
  log,
);
answer(connection, RetrievalPanel.openSource, () => null, log);
answer(connection, RetrievalPanel.stopJob, () => null, log);
answer(connection, RetrievalPanel.showLog, () => null, log);
connection.listen();

function search(query: string, asked: RetrievalOverride, mode: RetrievalSettings['mode']): RetrievedChunk[] {
  const words = query.toLowerCase().match(/\w{3,}/g) ?? [];
  const scored = PASSAGES.map((text, at) => ({
    text,
    at,
    score: words.filter((word) => text.toLowerCase().includes(word)).length,
  }));
  const ranked = scored.sort(
    (one, other) => other.score - one.score || (mode === 'text' ? one.at - other.at : other.at - one.at),
  );
  return ranked.slice(0, asked.top_k ?? settings.top_k).map(({ text, at, score }, index) => ({
    id: `docs/valley.md:${at * 100}-${at * 100 + text.length}`,
    ...{ document: 'docs/valley.md', title: 'The valley', header: 'The valley', text, rank: index + 1 },
    ...{ start: at * 100, end: at * 100 + text.length },
    ...(mode === 'text' ? {} : { vector: { score: 0.7 - index / 20, rank: index + 1 } }),
    ...(mode === 'vector' ? {} : { text_match: { score: score * 2.1, rank: index + 1 } }),
    ...(mode === 'hybrid' ? { fused: { score: 2 / (61 + index), rank: index + 1 } } : {}),
  }));
}
