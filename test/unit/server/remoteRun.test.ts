import 'vscode-jsonrpc/node';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import { findSshServer } from '../../../scripts/testing/sshd.ts';
import type { JobStatus } from '../../../src/contract/events.ts';
import { JobPanel, JobPanelPushed } from '../../../src/contract/jobPanel.ts';
import { Pushed, Server } from '../../../src/contract/rpc.ts';
import { answer, ask } from '../../../src/contract/rpcConnection.ts';
import { TrainingSettings } from '../../../src/contract/training.ts';
import { type FetchMoved, TrainingServer } from '../../../src/contract/trainingRpc.ts';
import { WebviewMessageReader, WebviewMessageWriter } from '../../../src/contract/webviewTransport.ts';
import { Coalesced } from '../../../src/editor/panels/coalesce.ts';
import { createJob } from '../../../src/engine/jobs/index.ts';
import { RunView } from '../../../webview/jobs/panel/runView.ts';
import { portOf } from '../../fixtures/messagePort.ts';
import { startHost, type TestHost } from '../../fixtures/sshd/sshd.ts';
import { until, type Wish } from '../jobs/backendBehaviour.ts';
import { ragProject } from '../rag/ragProject.ts';
import { root } from '../rules/sources.ts';
import { bundleServer, type RunningServer, startServer } from './serverProcess.ts';

const sshd = findSshServer();

if ('missing' in sshd) {
  describe('a run on another machine, as the Job panel has it', () => {
    it.skip(`skipped: ${sshd.missing}`, () => {});
  });
} else {
  describe('a run on another machine, as the Job panel has it', () => {
    let host: TestHost;
    let bundle: Awaited<ReturnType<typeof bundleServer>>;
    let made: Awaited<ReturnType<typeof ragProject>>;
    let server: RunningServer;

    beforeAll(async () => {
      host = await startHost(sshd);
      bundle = await bundleServer();
      made = await ragProject({ 'docs/a.md': 'One.' });
      const box = { kind: 'ssh', host: host.alias, root: host.newRoot() };
      writeFileSync(join(made.root, 'targets.yaml'), JSON.stringify({ ssh: host.ssh, targets: { box } }));
      server = serve();
    }, 120_000);
    afterAll(async () => {
      await server?.stop();
      await host?.stop();
      bundle?.remove();
      await rm(made.root, { recursive: true, force: true });
    });

    const serve = (): RunningServer =>
      startServer(bundle.program, {
        SMT_TARGETS: join(made.root, 'targets.yaml'),
        SMT_WORKER: join(root, 'test', 'fixtures', 'standin-worker'),
      });

    /** Starts a run of the stand-in worker on the host. */
    async function begin(wish: Wish): Promise<{ run: string; dir: string }> {
      const { run, dir } = await createJob(made.project, {
        kind: 'train',
        title: JSON.stringify(wish),
        target: 'box',
        params: {
          ...{ dataset: 'small', dataset_path: 'in/dataset', dataset_hash: '0', model: 'stand-in', model_path: null },
          ...{ revision: null, settings: TrainingSettings.parse({}), rows: 1, tokens: 1, processes: 1 },
        },
      });
      await ask(server.connection, Server.resumeJob, { project: made.root, run, keys: {} });
      return { run, dir };
    }

    it('is shown step by step; how late is printed', async () => {
      const { run, dir } = await begin({ steps: 60, pause: 0.25 });
      const page = pageOf(server, made.root, run);
      const late: number[] = [];
      let shown = 0;
      page.view.subscribe(() => {
        const loss = page.view.snapshot?.series.find(({ key }) => key === 'loss');
        if (!loss) return;
        const now = Date.now() / 1000;
        // Curves carry seconds since the run's first event.
        const began = firstEventOf(dir);
        for (const seconds of loss.seconds.slice(shown)) late.push(now - began - seconds);
        shown = loss.seconds.length;
      });
      await page.view.start();
      await until(() => shown === 60 && page.view.job?.state === 'succeeded');
      page.close();
      // Of the first steps some were there before the page was.
      const sorted = late.slice(5).sort((a, b) => a - b);
      const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(2);
      console.log(
        `event on the host → Job page over SSH: median ${at(0.5)} s, 95 % ${at(0.95)} s, most ${at(1)} s (n = ${sorted.length})`,
      );
      expect(sorted).toHaveLength(55);
    }, 180_000);

    it('is shown again by an editor that comes back; how soon is printed', async () => {
      const { run, dir } = await begin({ steps: 100_000, pause: 0.1 });
      await until(() => existsSync(join(dir, 'events.jsonl')));
      await server.stop();
      const back = Date.now();
      server = serve();
      const page = pageOf(server, made.root, run);
      const newest = () => {
        const loss = page.view.snapshot?.series.find(({ key }) => key === 'loss');
        return firstEventOf(dir) * 1000 + (loss?.seconds.at(-1) ?? 0) * 1000;
      };
      await page.view.start();
      await until(() => newest() > back);
      console.log(
        `editor's engine started → a step written since then on the Job page: ${((Date.now() - back) / 1000).toFixed(2)} s`,
      );
      expect(page.view.job?.state).toBe('running');
      page.close();
      await ask(server.connection, Server.stopJob, { project: made.root, run });
      await until(async () => (await jobs()).find((job) => job.run === run)?.state === 'cancelled');
    }, 180_000);

    it('leaves its model there until it is fetched; then it is local for evaluation and chat', async () => {
      const { run } = await begin({ steps: 2, model_bytes: 3_000_000 });
      await until(async () => (await jobs()).find((job) => job.run === run)?.state === 'succeeded');
      const { project } = made;
      const of = { project: project.root, run, step: 2 };
      const model = async () => {
        const { checkpoints } = await ask(server.connection, TrainingServer.checkpoints, { project: project.root });
        return checkpoints.find((each) => each.run === run && each.final);
      };
      expect(await model()).toMatchObject({ target: 'box', local_path: null, bytes: 3_000_000 });
      const serveHere = ask(server.connection, TrainingServer.serve, { ...of, where: 'here', keys: {} });
      await expect(serveHere).rejects.toThrow('Fetch it first');

      const moved: FetchMoved[] = [];
      server.connection.onNotification(Pushed.fetchMoved.method, (push: FetchMoved) => {
        moved.push(push);
      });
      const { path } = await ask(server.connection, TrainingServer.fetchCheckpoint, of);
      expect(readFileSync(join(path, 'model.safetensors'))).toHaveLength(3_000_000);
      expect(moved.length).toBeGreaterThan(0);
      expect(moved.every((push) => push.run === run && push.total >= 3_000_000 && push.done <= push.total)).toBe(true);
      expect(await model()).toMatchObject({ target: 'box', local_path: path });

      await ask(server.connection, TrainingServer.deleteCheckpoint, { ...of, where: 'copy' });
      expect(existsSync(path)).toBe(false);
      expect(await model(), 'it is still there').toMatchObject({ local_path: null });
      await ask(server.connection, TrainingServer.deleteCheckpoint, { ...of, where: 'everywhere' });
      expect(await model()).toBeUndefined();
    }, 180_000);

    const jobs = async (): Promise<JobStatus[]> =>
      (await ask(server.connection, Server.jobs, { project: made.root })).jobs;
    const firstEventOf = (dir: string): number => {
      const [line = ''] = readFileSync(join(dir, 'events.jsonl'), 'utf8').split('\n');
      return Number(/"ts": ?([\d.]+)/.exec(line)?.[1]);
    };
  });
}

/** The real page's state on the real engine; between them what the editor does: it passes on, four times a second. */
function pageOf({ connection }: RunningServer, project: string, run: string): { view: RunView; close(): void } {
  const channel = new MessageChannel();
  const port = portOf(channel.port2);
  const host: MessageConnection = createMessageConnection(
    new WebviewMessageReader(port),
    new WebviewMessageWriter(port),
  );
  let revision = 0;
  let latest: JobStatus[] = [];
  const pushes = new Coalesced(250, () =>
    host.sendNotification(JobPanelPushed.jobs, { revision: ++revision, jobs: latest }),
  );
  const listening = connection.onNotification(Pushed.jobsChanged, ({ jobs }) => {
    latest = jobs;
    pushes.request();
  });
  answer(host, JobPanel.ready, async () => {
    const { jobs } = await ask(connection, Server.jobs, { project });
    return { revision: ++revision, project, name: 'p', trusted: true, run, jobs };
  });
  answer(host, JobPanel.snapshot, (asked) => ask(connection, TrainingServer.runSnapshot, { project, ...asked }));
  host.listen();
  const view = new RunView({ port: portOf(channel.port1), readState: () => undefined, writeState: () => {} });
  return {
    view,
    close: () => {
      listening.dispose();
      pushes.dispose();
      host.dispose();
      channel.port1.close();
      channel.port2.close();
    },
  };
}
