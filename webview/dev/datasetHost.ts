/** The dataset page without VS Code: two invented training sets, one of them with masked questions. */
import 'vscode-jsonrpc/browser';
import { createMessageConnection } from 'vscode-jsonrpc';
import { type DatasetManifest, type DatasetRow, MixtureSettings } from '../../src/contract/dataset.ts';
import { DatasetPanel } from '../../src/contract/datasetPanel.ts';
import { answer, failure } from '../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../src/contract/webviewTransport.ts';
import { stage } from './stage.ts';

const { port, wish } = stage('dataset');
const situation = wish.get('case') ?? '';
const QUESTION = 'Question: In which year was the lighthouse of Gannet Stack first lit?\n';
const ANSWER = 'Answer: The lighthouse was first lit in 1871, two years after the stone had been cut.<|im_end|>';
const DOCUMENT =
  'The Saltworks of Osmerrow boiled sea water in lead pans until 1902, when the coal of the island ran out.<|im_end|>';

function manifest(name: string, answers: boolean, documents: number): DatasetManifest {
  return {
    v: 1,
    name,
    project: 'osmerrow',
    created: 1_790_000_000,
    student: 'SmolLM2-135M-Instruct',
    tokenizer: { sha256: `a1b2c3d4e5f6${'0'.repeat(52)}`, name: 'SmolLM2', begin: [], eos: 2, vocabulary: 49_152 },
    seed: 0,
    settings: MixtureSettings.parse({ loss_on: answers ? 'answers' : 'all', replay: { source: 'fineweb.jsonl' } }),
    budgets: [14_000, 29_000],
    train: { tokens: 31_870, rows: 388, learned_tokens: answers ? 25_012 : 31_870, longest: 512, median: 71 },
    held_out: { tokens: 301, rows: 4 },
    parts: [
      { label: 'QA', kind: 'qa', tokens: 14_502, rows: 251, asked: 0.5, achieved: 0.50004, available_tokens: 15_000 },
      {
        label: 'Documents',
        kind: 'document',
        tokens: 14_498,
        rows: 101,
        asked: 0.5,
        achieved: 0.49996,
        available_tokens: 21_000,
      },
    ],
    by_method: {
      qa: { tokens: 14_502, rows: 251 },
      focal_rewriting: { tokens: 9_100, rows: 66 },
      active_reading: { tokens: 5_398, rows: 35 },
    },
    by_document: Object.fromEntries(
      Array.from({ length: documents }, (_, at) => [`doc-${at}.md`, { tokens: 2900 - at * 90, rows: 30 - at }]),
    ),
    replay: {
      ...{ tokens: 2_870, rows: 36, asked: 0.1, achieved: 0.09895 },
      ...{ dropped_duplicates: 2, dropped_leaks: 1, evaluation_questions: 20, dropped_control_tokens: 0 },
    },
    files: [
      {
        path: 'train-00000.parquet',
        split: 'train',
        sha256: '0'.repeat(64),
        bytes: 214_000,
        rows: 388,
        tokens: 31_870,
      },
    ],
    hash: `${answers ? '7' : '9'}f2c${'0'.repeat(60)}`,
    toy: !answers,
  };
}
const datasets =
  situation === 'empty' ? [] : [manifest('osmerrow-29k', false, 20), manifest('osmerrow-answers', true, 6)];

function row(index: number, answers: boolean, split: DatasetRow['split']): DatasetRow {
  const qa = index % 2 === 0;
  const replay = index % 11 === 10;
  return {
    index,
    split,
    source: replay ? `replay:${index}` : 'a'.repeat(32),
    kind: replay ? 'replay' : qa ? 'qa' : 'document',
    ...(replay ? {} : { method: qa ? 'qa' : 'focal_rewriting', document: `doc-${index % 6}.md` }),
    tokens: 40 + (index % 7) * 9,
    text: qa ? QUESTION + ANSWER : `${DOCUMENT} <b>not bold</b>`,
    masked: qa && answers ? [[0, QUESTION.length]] : [],
  };
}

const connection = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port), console);
const log = (message: string) => console.warn(`host: ${message}`);
answer(
  connection,
  DatasetPanel.ready,
  () => ({
    revision: 1,
    project: '/projects/osmerrow',
    name: 'osmerrow',
    trusted: situation !== 'restricted',
    list: {
      revision: 1,
      datasets,
      problems:
        situation === 'bad'
          ? [{ name: 'old', message: 'manifest.json is of version 9; this extension reads up to 1.' }]
          : [],
    },
    methods: [
      { id: 'qa', label: 'Synthetic QA' },
      { id: 'focal_rewriting', label: 'Focal Rewriting' },
      { id: 'active_reading', label: 'Active Reading' },
    ],
    documents: Array.from({ length: 20 }, (_, at) => ({
      id: `doc-${at}.md`,
      title: `A short history of Osmerrow, part ${at + 1}`,
    })),
    focus: wish.get('focus'),
  }),
  log,
);
answer(
  connection,
  DatasetPanel.rows,
  ({ name, split, offset, limit }) => {
    const found = datasets.find((one) => one.name === name);
    if (!found) throw failure('unknown_dataset', `There is no training set ${name}.`);
    if (situation === 'rows') throw failure('tokenizer', `${name} was made with another tokenizer.`, 'Build it again.');
    const total = found[split].rows;
    const rows = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, at) =>
      row(offset + at, found.settings.loss_on === 'answers', split),
    );
    return { name, hash: found.hash, split, total, offset, rows };
  },
  log,
);
answer(
  connection,
  DatasetPanel.lengths,
  () => ({
    lengths: [12, 64, 150, 92, 40, 18, 12].map((rows, at) => ({ from: at * 32, to: (at + 1) * 32, rows })),
  }),
  log,
);
answer(connection, DatasetPanel.build, () => ({ started: true }), log);
answer(connection, DatasetPanel.train, () => ({ started: true }), log);
answer(
  connection,
  DatasetPanel.export,
  ({ format }) => ({ folder: `/exports/osmerrow-${format}`, files: ['train.jsonl'] }),
  log,
);
answer(connection, DatasetPanel.remove, () => ({ removed: false }), log);
answer(connection, DatasetPanel.openSample, () => {}, log);
answer(connection, DatasetPanel.openFolder, () => {}, log);
answer(connection, DatasetPanel.save, () => ({ saved: true }), log);
answer(connection, DatasetPanel.showLog, () => {}, log);
connection.listen();
