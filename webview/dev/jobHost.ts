/** The Job page without VS Code: a training run that goes on, an older one to lay over it. */
import 'vscode-jsonrpc/browser';
import { createMessageConnection } from 'vscode-jsonrpc';
import type { JobStatus } from '../../src/contract/events.ts';
import { JobPanel, JobPanelPushed } from '../../src/contract/jobPanel.ts';
import { answer, failure } from '../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../src/contract/webviewTransport.ts';
import { runSnapshot, trainJob } from './fakeRuns.ts';
import { answerTalk } from './fakeTalk.ts';
import { stage } from './stage.ts';

const { port, wish } = stage('jobs');
const situation = wish.get('case') ?? '';
let steps = { empty: 0, large: 40_000, many: 40 }[situation] ?? 18;

const states: Record<string, Partial<JobStatus>> = {
  empty: { state: 'preparing', phase: 'setup', message: 'Downloading PyTorch for CPU: 214 of 670 MB.' },
  unreachable: { target: 'gpu-box', host: 'gpu-box', unreachable_since: Date.now() / 1000 - 190 },
  failed: {
    state: 'failed',
    ended: 1_790_000_400,
    message: 'The disk of the target is full. Free some space and resume: the last complete checkpoint is kept.',
  },
  lost: { state: 'lost' },
  done: { state: 'succeeded', phase: 'save', ended: 1_790_000_700 },
};
const main =
  situation === 'serve'
    ? trainJob('serve-20261122', 'Chat with osmerrow-29k', { kind: 'serve', phase: 'serve' })
    : situation === 'index'
      ? trainJob('index-1', 'Index for retrieval', {
          kind: 'index',
          phase: 'embed',
          progress: { done: 120, total: 400, unit: 'row', eta_s: 12, rate: 22 },
        })
      : trainJob('train-20261122-2140', 'osmerrow-29k on this machine', states[situation]);
const older = trainJob('train-20261121-0930', 'osmerrow-14k, answers only', {
  state: 'succeeded',
  target: 'gpu-box',
  created: 1_789_900_000,
});
const third = trainJob('train-20261120-1805', 'documents only', { state: 'failed', created: 1_789_800_000 });
let jobs: JobStatus[] = [main, older, third];
let revision = 1;

const connection = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port), console);
const log = (message: string) => console.warn(`host: ${message}`);
answer(
  connection,
  JobPanel.ready,
  () => {
    if (situation === 'broken')
      throw failure('server', 'The engine process ended.', 'It is being restarted; try again.');
    return { revision, project: '/projects/osmerrow', name: 'osmerrow', trusted: true, run: main.run, jobs };
  },
  log,
);
answer(
  connection,
  JobPanel.snapshot,
  ({ run, points, range }) => {
    const job = jobs.find((one) => one.run === run);
    if (!job) throw failure('unknown_run', `There is no run ${run}.`);
    const at = run === main.run ? steps : 40;
    const whole = runSnapshot(job, {
      steps: at,
      seed: 1 + jobs.indexOf(job),
      gpu: job.target === 'gpu-box' || situation === 'large',
      points: range ? 1_000_000 : Math.min(points, 2000),
    });
    if (!range) return whole;
    return {
      ...whole,
      series: whole.series.map((series) => {
        const inside = series[range.axis]
          .flatMap((x, index) => (x !== null && x >= range.from && x <= range.to ? [index] : []))
          .slice(0, 2000);
        const pick = <T>(column: readonly T[]) =>
          inside.flatMap((index) => (index < column.length ? [column[index] as T] : []));
        return {
          ...series,
          step: pick(series.step),
          tokens: pick(series.tokens),
          seconds: pick(series.seconds),
          value: pick(series.value),
        };
      }),
    };
  },
  log,
);
answer(
  connection,
  JobPanel.act,
  ({ run, action }) => {
    if (action === 'stop') jobs = jobs.map((job) => (job.run === run ? { ...job, state: 'stopping' } : job));
    if (action === 'resume')
      throw failure('no_target', 'The target “gpu-box” is not in your targets file.', 'Run “Manage Targets”.');
    push();
  },
  log,
);
answer(connection, JobPanel.deleteCheckpoint, () => {}, log);
answer(connection, JobPanel.chat, () => {}, log);
answer(connection, JobPanel.fetchCheckpoint, () => {}, log);
answerTalk(connection, wish.get('index') ?? 'ready', log);
const saved: { name: string; text: string }[] = [];
answer(
  connection,
  JobPanel.save,
  (file) => {
    saved.push(file);
    return { saved: true };
  },
  log,
);
answer(connection, JobPanel.showLog, () => {}, log);
connection.listen();

function push(): void {
  void connection.sendNotification(JobPanelPushed.jobs, { revision: ++revision, jobs });
}

if (wish.get('live') !== '0' && situation === '') {
  setInterval(() => {
    steps = Math.min(29, steps + 1);
    jobs = jobs.map((job) =>
      job.run === main.run && job.progress
        ? { ...job, updated: job.updated + 1, progress: { ...job.progress, done: steps * 1024 } }
        : job,
    );
    push();
  }, 1200);
}
Object.assign(globalThis, { saved });
