import { createMessageConnection } from 'vscode-jsonrpc';
import type { JobStatus } from '../../src/contract/events.ts';
import { answer, failure } from '../../src/contract/rpcConnection.ts';
import { Panel, PanelPushed, type SamplesPanelInit } from '../../src/contract/samplesPanel.ts';
import {
  type MessagePortLike,
  WebviewMessageReader,
  WebviewMessageWriter,
} from '../../src/contract/webviewTransport.ts';
import type { FakeStore } from './fakeStore.ts';
import { documents, methods } from './fixture.ts';

export interface FakeEditorOptions {
  trusted?: boolean;
  focus?: SamplesPanelInit['focus'];
  /** The handshake fails with this. */
  broken?: string;
  documents?: boolean;
  jobs?: JobStatus[];
}

/** The extension's end of the panel's connection, over a store in memory. */
export class FakeEditor {
  readonly asked: { method: string; params: unknown }[] = [];
  jobs: JobStatus[];
  private revision = 0;
  private readonly connection;

  constructor(
    port: MessagePortLike,
    readonly store: FakeStore,
    private readonly options: FakeEditorOptions = {},
  ) {
    this.jobs = options.jobs ?? [];
    const connection = createMessageConnection(new WebviewMessageReader(port), new WebviewMessageWriter(port), console);
    this.connection = connection;
    const log = (message: string) => console.warn(`host: ${message}`);
    const on: typeof answer = (where, procedure, handler) =>
      answer(
        where,
        procedure,
        (params, token) => {
          this.asked.push({ method: procedure.method, params });
          return handler(params, token);
        },
        log,
      );
    on(connection, Panel.ready, () => this.init());
    on(connection, Panel.samples, ({ filter, offset, limit }) => store.page(filter, offset, limit));
    on(connection, Panel.sampleIds, ({ filter, offset = 0, limit }) => ({
      revision: store.revision,
      ids: store
        .matching(filter)
        .slice(offset, offset + limit)
        .map((sample) => sample.id),
    }));
    on(connection, Panel.counts, ({ filter }) => store.counts(filter));
    on(connection, Panel.lineage, ({ sample }) => store.lineage(sample));
    on(connection, Panel.documentText, ({ document }) => {
      const found = documents.find((one) => one.id === document);
      if (!found) throw failure('missing', `${document} is not in the corpus any more.`, 'Put the file back.');
      const { id, title, text, pages } = found;
      return {
        text,
        text_hash: `hash of ${id}`,
        title,
        windows: [{ start: 0, end: text.length }],
        ...(pages ? { pages } : {}),
      };
    });
    on(connection, Panel.decide, ({ decision }) => {
      const result = store.decide(decision);
      this.push();
      return result;
    });
    on(connection, Panel.audit, ({ audit, size }) => store.audit(audit, size));
    on(connection, Panel.generate, ({ what }) => ({
      started: true,
      message: `Asked for more: ${what.replaceAll('_', ' ')}`,
    }));
    on(connection, Panel.openSource, () => {});
    on(connection, Panel.openText, () => {});
    on(connection, Panel.stopJob, ({ run }) => {
      this.jobs = this.jobs.map((job) => (job.run === run ? { ...job, state: 'stopping' } : job));
      this.push();
    });
    on(connection, Panel.showLog, () => {});
    connection.listen();
  }

  push(): void {
    this.revision += 1;
    this.snapshot(this.revision);
  }

  /** What a slow host might send: a snapshot made before the last one. */
  pushOld(): void {
    this.snapshot(this.revision - 1);
  }

  private snapshot(revision: number): void {
    void this.connection.sendNotification(PanelPushed.snapshot, {
      revision,
      counts: this.store.counts(),
      jobs: this.jobs,
      can_undo: this.store.canUndo,
    });
  }

  focus(focus: SamplesPanelInit['focus']): void {
    void this.connection.sendNotification(PanelPushed.focus, focus);
  }

  dispose(): void {
    this.connection.dispose();
  }

  private init(): SamplesPanelInit {
    if (this.options.broken)
      throw failure('server', this.options.broken, 'The engine is started again when you try again.');
    this.revision += 1;
    return {
      revision: this.revision,
      project: '/projects/osmerrow',
      name: 'osmerrow',
      trusted: this.options.trusted ?? true,
      toy: true,
      methods,
      documents: this.options.documents === false ? [] : documents.map(({ id, title }) => ({ id, title })),
      counts: this.store.counts(),
      jobs: this.jobs,
      focus: this.options.focus ?? {},
      can_undo: this.store.canUndo,
    };
  }
}

/** A job as the status file of a run says it. */
export function fixtureJob(part: Partial<JobStatus> = {}): JobStatus {
  return {
    v: 1,
    run: 'gen-20261122-1840',
    kind: 'generate',
    title: 'All documents',
    state: 'running',
    phase: 'generate',
    created: 1_790_000_000,
    started: 1_790_000_001,
    updated: 1_790_000_100,
    pid: 4711,
    host: 'here',
    attempt: 1,
    last_seq: 120,
    progress: { done: 412, total: 1000, unit: 'request', eta_s: 184, rate: 3.2 },
    counts: {
      planned: 1000,
      answered: 412,
      failed: 0,
      pending: 580,
      in_flight: 8,
      reused: 96,
      samples: 480,
      accepted: 401,
      rejected: { duplicate: 51, unfaithful: 18, malformed: 10 },
      input_tokens: 488_000,
      output_tokens: 61_000,
      cost: 0.31,
      requests_per_second: 3.2,
      retried: {},
      endpoints: { builtin: { in_flight: 8, limit: 8, state: 'open' } },
    },
    ...part,
  };
}
