import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { MessageConnection, NotificationType } from 'vscode-jsonrpc';
import type { Procedure } from '../contract/procedure.ts';
import { Pushed } from '../contract/rpc.ts';
import { answer, asFailure, type Handler } from '../contract/rpcConnection.ts';
import { hasEnded, listJobs } from '../engine/jobs/index.ts';
import { coalesce } from './coalesce.ts';
import { Followers } from './followers.ts';
import { OpenedProject } from './openedProject.ts';
import { refusedRestricted } from './restricted.ts';
import { PathWatch } from './watch.ts';

/** Pushes of one kind to the editor: at most this often. */
const PUSH_MS = 100;
/** Corpus files that are looked at one by one; beyond, the editor's own watcher and Refresh have to do. */
const WATCHED_FILES = 2_000;

interface Open {
  opened: OpenedProject;
  store: PathWatch;
  corpus: PathWatch;
  jobsRevision: number;
  pushJobs: ReturnType<typeof coalesce>;
}

/** One editor's connection: the projects it has open, what is watched for them, and what is pushed. */
export class Session {
  readonly connection: MessageConnection;
  /** Path of the running server bundle; `cli.js`, which runs jobs, lies beside it. */
  readonly #program: string;
  readonly #restricted: boolean;
  readonly #projects = new Map<string, Open>();
  readonly #followers = new Followers((message) => this.log('info', message));
  readonly #closing: (() => void)[] = [];

  constructor(connection: MessageConnection, program: string, restricted: boolean) {
    this.connection = connection;
    this.#program = program;
    this.#restricted = restricted;
  }

  /** Answers a procedure that reads; failures of our own are logged by their message only, others with their stack. */
  answer<P, R>(procedure: Procedure<P, R>, handler: Handler<P, R>): void {
    answer(this.connection, procedure, handler, (message) => this.log('warn', message));
  }

  /** Answers a procedure that writes, starts or sends anything: refused in Restricted Mode, whoever asks. */
  answerTrusted<P, R>(procedure: Procedure<P, R>, handler: Handler<P, R>): void {
    this.answer(procedure, (params, token) => {
      if (this.#restricted) throw refusedRestricted();
      return handler(params, token);
    });
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void {
    this.#notify(this.connection.sendNotification(Pushed.log, { level, message }));
  }

  /** The project in a folder, with watching started at its first use. */
  open(folder: string): OpenedProject {
    const known = this.#projects.get(folder);
    if (known) {
      known.store.wake();
      return known.opened;
    }
    const pushSamples = coalesce(async () => {
      const reader = await opened.openReader();
      if (reader) {
        this.#notify(
          this.connection.sendNotification(Pushed.samplesChanged, { project: folder, revision: reader.revision }),
        );
      }
    }, PUSH_MS);
    const opened = new OpenedProject(
      { root: resolve(folder), program: this.#program, restricted: this.#restricted },
      (message) => this.log('warn', message),
      () => pushSamples(),
    );
    const refresh = coalesce(async () => {
      await (await opened.openReader())
        ?.refresh()
        .catch((error: unknown) => this.log('error', asFailure(error).message));
    }, PUSH_MS);
    const pushJobs = coalesce(() => this.#pushJobs(folder), PUSH_MS);
    const rescan = coalesce(async () => {
      await opened.corpus(true).catch((error: unknown) => this.log('warn', asFailure(error).message));
      this.pushCorpus(folder);
    }, 1_000);
    const store = new PathWatch(
      () => storePaths(opened),
      () => {
        refresh();
        pushJobs();
      },
    );
    const corpus = new PathWatch(() => corpusPaths(opened), rescan);
    this.#projects.set(folder, { opened, store, corpus, jobsRevision: 0, pushJobs });
    return opened;
  }

  /** The jobs of a project, with the revision that pushes carry too. */
  async jobs(folder: string) {
    const opened = this.open(folder);
    await opened.refuseLinks();
    const jobs = await listJobs(opened.paths.runs, opened.backend);
    const known = this.#projects.get(folder);
    // Nobody is asked anything over the network for a folder that is not trusted.
    if (!this.#restricted) this.#followers.ensure(opened, jobs, () => this.jobsChanged(folder));
    return { revision: known?.jobsRevision ?? 0, jobs };
  }

  /** Says that a job was started, asked to stop or removed here. */
  jobsChanged(folder: string): void {
    const known = this.#projects.get(folder);
    known?.store.wake();
    known?.pushJobs();
  }

  /** Says something unasked; an editor that is gone has nothing to be told. */
  push<P>(notification: NotificationType<P>, params: P): void {
    this.#notify(this.connection.sendNotification(notification.method, params));
  }

  pushCorpus(folder: string): void {
    const revision = this.#projects.get(folder)?.opened.corpusRevision ?? 0;
    this.#notify(this.connection.sendNotification(Pushed.corpusChanged, { project: folder, revision }));
  }

  /** Called once, when the editor is gone. */
  onClose(end: () => void): void {
    this.#closing.push(end);
  }

  async close(): Promise<void> {
    this.#followers.close();
    for (const end of this.#closing) end();
    for (const { opened, store, corpus, pushJobs } of this.#projects.values()) {
      store.close();
      corpus.close();
      pushJobs.cancel();
      await opened.close();
    }
    this.#projects.clear();
  }

  async #pushJobs(folder: string): Promise<void> {
    const known = this.#projects.get(folder);
    if (!known) return;
    const revision = ++known.jobsRevision;
    try {
      const { jobs } = await this.jobs(folder);
      this.#notify(this.connection.sendNotification(Pushed.jobsChanged, { project: folder, revision, jobs }));
    } catch (error) {
      this.log('warn', asFailure(error).message);
    }
  }

  /** A push that cannot be written means that the editor is gone: the connection's own end says so. */
  #notify(sent: Promise<void>): void {
    sent.catch(() => {});
  }
}

/** Where a writing job leaves its marks: the table's coverage and versions, reviews, and the runs that are under way. */
async function storePaths({ paths, backend }: OpenedProject): Promise<string[]> {
  const jobs = await listJobs(paths.runs, backend).catch(() => []);
  const running = jobs.filter((job) => !hasEnded(job)).map(({ run }) => join(paths.runs, run, 'status.json'));
  return [
    paths.runs,
    paths.lance,
    join(paths.lance, 'coverage.json'),
    join(paths.lance, 'samples.lance', '_versions'),
    paths.reviews,
    paths.evaluation.imported,
    ...running,
  ];
}

/** The project file, the folders of the corpus and its files. */
async function corpusPaths(opened: OpenedProject): Promise<string[]> {
  const corpus = await opened.knownCorpus();
  if (!corpus) return [opened.paths.file];
  const files = new Set(corpus.documents.map(({ path }) => path));
  const folders = new Set(['']);
  for (const file of files) {
    const parts = file.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) folders.add(parts.slice(0, depth).join('/'));
  }
  // The root's own time stamp would change with every run directory: its names are what matters.
  const names = await readdir(opened.root).catch(() => []);
  const inRoot = names.filter((name) => !name.startsWith('.'));
  const all = [...inRoot, ...[...folders].filter((folder) => folder !== ''), ...files];
  return [...new Set(all)].slice(0, WATCHED_FILES).map((path) => join(opened.root, path));
}
