import 'vscode-jsonrpc/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMessageConnection } from 'vscode-jsonrpc';
import type { JobStatus } from '../../../src/contract/events.ts';
import { JobPanel, JobPanelPushed } from '../../../src/contract/jobPanel.ts';
import { answer, failure } from '../../../src/contract/rpcConnection.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../../src/contract/webviewTransport.ts';
import { runSnapshot, trainJob } from '../../../webview/dev/fakeRuns.ts';
import { RunView } from '../../../webview/jobs/panel/runView.ts';
import { axisFor, curvesOf, otherKeys, pointsOf, runsCsv, runsJson } from '../../../webview/jobs/state/curves.ts';
import { isReduced, withDetail } from '../../../webview/jobs/state/detail.ts';
import { progressInWords, size, stateInWords, whyNoCurve } from '../../../webview/jobs/state/wording.ts';
import { portOf } from '../../fixtures/messagePort.ts';

const running = trainJob('train-a', 'a');
const snapshot = runSnapshot(running, { steps: 40 });

describe('the curves of a run', () => {
  it('are drawn over tokens, time or steps, ascending, with a gap where no number was logged', () => {
    const loss = {
      key: 'loss',
      step: [2, 1, 3],
      tokens: [200, 100, null],
      seconds: [20, 10, 30],
      value: [1.5, 2, null],
      logged: 3,
    };
    expect(pointsOf(loss, 'tokens')).toEqual([
      { x: 100, y: 2 },
      { x: 200, y: 1.5 },
    ]);
    expect(pointsOf(loss, 'step').at(-1)).toEqual({ x: 3, y: null });
    expect(pointsOf(loss, 'seconds').map(({ x }) => x)).toEqual([10, 20, 30]);
  });

  it('are one for each run that logged it, each with its own look', () => {
    const other = runSnapshot(trainJob('train-b', 'b'), { steps: 5, seed: 2 });
    const curves = curvesOf('loss', 'step', [snapshot, other], { 'train-a': 2, 'train-b': 4 });
    expect(curves.map(({ id, label, look }) => [id, label, look.slot])).toEqual([
      ['train-a', 'a', 2],
      ['train-b', 'b', 4],
    ]);
    expect(curvesOf('gpu_util', 'step', [snapshot, other], {})).toEqual([]);
  });

  it('fall back to an axis that has values', () => {
    const untold = {
      ...snapshot,
      series: snapshot.series.map((series) => ({ ...series, tokens: series.tokens.map(() => null) })),
    };
    expect(axisFor('tokens', [snapshot])).toBe('tokens');
    expect(axisFor('tokens', [untold])).toBe('step');
    expect(axisFor('tokens', [{ ...snapshot, series: [] }])).toBe('tokens');
  });

  it('offers everything else that was logged, but no counter as a curve', () => {
    const counter = snapshot.series.slice(0, 1).map((series) => ({ ...series, key: 'num_tokens' }));
    const counted = { ...snapshot, series: [...snapshot.series, ...counter] };
    expect(otherKeys([counted])).toEqual(['grad_norm', 'mean_token_accuracy']);
  });

  it('leave as CSV with a row for each point and as JSON with what was trained on what', () => {
    const [header, first] = runsCsv([snapshot]).split('\r\n');
    expect(header).toBe('run,title,key,step,tokens,seconds,value');
    expect(first).toMatch(/^train-a,a,loss,1,1024,10\.7,[\d.]+$/);
    const [run] = JSON.parse(runsJson([snapshot])) as { training: { dataset_hash: string }; series: unknown[] }[];
    expect(run?.training.dataset_hash).toBe(snapshot.training?.dataset_hash);
    expect(run?.series).toHaveLength(snapshot.series.length);
  });
});

describe('a closer look', () => {
  const many = runSnapshot(running, { steps: 4000, points: 100 });
  it('is only taken where points were left out', () => {
    expect([isReduced(snapshot), isReduced(many)]).toEqual([false, true]);
  });

  it('puts its points in the place of the few inside the zoom and leaves the rest', () => {
    const all = runSnapshot(running, { steps: 4000, points: 4000 });
    const near = withDetail(many, all, 'step', [1000, 1100]);
    const steps = near.series[0]?.step ?? [];
    expect(steps.filter((step) => step !== null && step >= 1000 && step <= 1100)).toHaveLength(101);
    expect(steps.filter((step) => step !== null && step < 1000)).toEqual(
      many.series[0]?.step.filter((step) => step !== null && step < 1000),
    );
    expect([...steps].sort((a, b) => Number(a) - Number(b))).toEqual(steps);
  });
});

describe('a run in words', () => {
  const at = 1_000_000;
  it('that cannot be reached is not failed', () => {
    const away = { ...running, unreachable_since: at - 180 };
    expect(stateInWords(away, at)).toBe('Unreachable since 3 min; last known: running');
    expect(stateInWords({ ...away, state: 'failed' }, at)).toBe('Failed');
  });

  it('says what is going on while there is nothing to draw', () => {
    expect(whyNoCurve({ ...running, state: 'preparing', message: 'Downloading PyTorch.' })).toBe(
      'Downloading PyTorch.',
    );
    expect(whyNoCurve({ ...running, phase: 'load' })).toBe('Now: load. Curves come with the first steps.');
  });

  it('has its sizes and progress as people write them', () => {
    expect([size(0), size(999), size(538_000_000), size(1_614_000_000)]).toEqual(['0 B', '999 B', '538 MB', '1.61 GB']);
    expect(progressInWords(running)).toBe('18,432 of 29,696 tokens');
  });
});

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

async function openPage({ remembered = null as unknown, large = false } = {}) {
  const channel = new MessageChannel();
  const others = [trainJob('train-b', 'b', { state: 'succeeded' }), trainJob('mix-1', 'm', { kind: 'mix' })];
  const host = { jobs: [running, ...others] as JobStatus[], steps: 3, asked: [] as unknown[], state: remembered };
  const port = portOf(channel.port2);
  const connection = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port));
  answer(connection, JobPanel.ready, () => ({
    revision: 1,
    project: '/p',
    name: 'p',
    trusted: true,
    run: running.run,
    jobs: host.jobs,
  }));
  answer(connection, JobPanel.snapshot, (asked) => {
    host.asked.push(asked);
    const job = host.jobs.find(({ run }) => run === asked.run);
    if (!job) throw failure('unknown_run', 'gone');
    return runSnapshot(job, { steps: large ? 9000 : host.steps, points: asked.range ? 9000 : 2000 });
  });
  answer(connection, JobPanel.act, ({ action }) => {
    if (action === 'resume') throw failure('no_target', 'The target is not there.', 'Add it.');
  });
  connection.listen();
  const view = new RunView({
    port: portOf(channel.port1),
    readState: () => host.state,
    writeState: (state) => {
      host.state = JSON.parse(JSON.stringify(state));
    },
  });
  open.push(() => {
    connection.dispose();
    channel.port1.close();
    channel.port2.close();
  });
  await view.start();
  const push = (revision: number, jobs = host.jobs) =>
    connection.sendNotification(JobPanelPushed.jobs, { revision, jobs });
  return { view, host, push };
}

describe('the Job page', () => {
  it('shows its run, and offers others of the same kind to be laid over', async () => {
    const { view } = await openPage();
    await until(() => expect(view.snapshot?.series[0]?.value).toHaveLength(3));
    expect(view.job?.title).toBe('a');
    expect(view.others.map(({ run }) => run)).toEqual(['train-b']);
  });

  it('asks again when the job goes on, and drops what is older than what it has', async () => {
    const { view, host, push } = await openPage();
    await until(() => expect(view.snapshot).toBeDefined());
    host.steps = 7;
    await push(2);
    await until(() => expect(view.snapshot?.series[0]?.value).toHaveLength(7));
    await push(1, []);
    await push(3);
    await until(() => expect(view.jobs).toHaveLength(3));
  });

  it('keeps a run’s look when another is laid over and taken away', async () => {
    const { view } = await openPage();
    await until(() => expect(view.snapshot).toBeDefined());
    const before = view.ui.slots[running.run];
    view.toggleRun('train-b');
    await until(() => expect(view.shown.map(({ run }) => run)).toEqual(['train-a', 'train-b']));
    expect(view.ui.slots[running.run]).toBe(before);
    expect(view.ui.slots['train-b']).not.toBe(before);
    const over = view.ui.slots['train-b'];
    view.toggleRun('train-b');
    expect(view.shown).toHaveLength(1);
    view.toggleRun('train-b');
    expect(view.ui.slots['train-b']).toBe(over);
  });

  it('comes back as it was left, without runs that are gone', async () => {
    const first = await openPage();
    first.view.setAxis('seconds');
    first.view.toggleRun('train-b');
    first.view.setTable(true);
    const state = { ...(first.host.state as object), overlaid: ['train-b', 'train-gone'] };
    const { view } = await openPage({ remembered: state });
    expect(view.ui).toMatchObject({ axis: 'seconds', as: 'table', overlaid: ['train-b'] });
    const fresh = await openPage({ remembered: { ...state, v: 2 } });
    expect(fresh.view.ui.overlaid).toEqual([]);
  });

  it('asks for at most 2,000 points, and for more of a zoomed stretch', async () => {
    const { view, host } = await openPage({ large: true });
    await until(() => expect(view.snapshot).toBeDefined());
    expect(view.snapshot?.series[0]?.value.length).toBeLessThanOrEqual(2000);
    view.setZoom([1024, 1024 * 500]);
    await until(() => expect(host.asked.at(-1)).toMatchObject({ range: { axis: 'tokens', from: 1024 } }));
    await until(() =>
      expect(view.shown[0]?.series[0]?.step.filter((step) => step !== null && step <= 500)).toHaveLength(500),
    );
  });

  it('says what went wrong with something a person asked for, until it is closed', async () => {
    const { view } = await openPage();
    await view.act('resume');
    expect(view.problem).toMatchObject({ message: 'The target is not there.', hint: 'Add it.' });
    view.dismissProblem();
    expect(view.problem).toBeNull();
  });
});
