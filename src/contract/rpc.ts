import { NotificationType, RequestType0 } from 'vscode-jsonrpc';
import { z } from 'zod';
import { PlanAddition } from './addition.ts';
import type { ExchangeChange } from './conversation.ts';
import { CorpusSnapshot } from './corpus.ts';
import { Estimate } from './estimate.ts';
import { GenerateParams, JobEvent, JobStatus } from './events.ts';
import { Keys, Nothing, ProjectRef, procedure, type RpcErrorData } from './procedure.ts';
import type { ConfigProblem } from './project.ts';
import {
  AuditReport,
  Decision,
  DecisionResult,
  SampleCounts,
  SampleFilter,
  SampleLineage,
  SamplePage,
} from './samplesView.ts';
import type { FetchMoved } from './trainingRpc.ts';

export const ProjectState = z.object({
  project: z.string(),
  /** `none`: no smt.yaml. `invalid`: problems say where. */
  state: z.enum(['none', 'invalid', 'ready']),
  name: z.string().optional(),
  problems: z.array(z.custom<ConfigProblem>((value) => typeof value === 'object' && value !== null)),
  endpoints: z.array(
    z.object({
      id: z.string(),
      origin: z.string().optional(),
      local: z.boolean(),
      known: z.boolean(),
      needs_key: z.boolean(),
      consented: z.boolean(),
    }),
  ),
  methods: z.array(z.object({ id: z.string(), label: z.string(), kind: z.string(), enabled: z.boolean() })),
  student: z.string().optional(),
  /** Id of the target that smt.yaml names; `local` when it names none. */
  target: z.string().optional(),
  toy: z.boolean(),
  benchmark_questions: z.number().int(),
  /** A review of an earlier session can be undone. */
  can_undo: z.boolean().optional(),
});
export type ProjectState = z.infer<typeof ProjectState>;

export const LocalServer = z.object({ name: z.string(), base_url: z.string(), models: z.array(z.string()) });
export type LocalServer = z.infer<typeof LocalServer>;

/**
 * Most ids in one answer. Each is parsed whole by the extension host, which must not stand still for longer than 50 ms;
 * who wants more asks from an `offset` on, and again from the start when the revision changed in between.
 */
export const MOST_IDS = 20_000;

/** What is asked about samples: by the Samples panel's page as it stands, of the server with the project beside it. */
export const SampleQueries = {
  page: z.object({
    filter: SampleFilter,
    offset: z.number().int().nonnegative(),
    limit: z.number().int().min(1).max(500),
  }),
  /** More than `MOST_IDS` are fetched by the page in several steps. */
  ids: z.object({
    filter: SampleFilter,
    offset: z.number().int().nonnegative().optional(),
    limit: z.number().int().min(1).max(MOST_IDS),
  }),
  counts: z.object({ filter: SampleFilter.optional() }),
  one: z.object({ sample: z.string() }),
  document: z.object({ document: z.string() }),
  decision: z.object({ decision: Decision }),
  audit: z.object({ audit: z.string().optional(), size: z.number().int().positive().max(1000).optional() }),
};

/** extension ↔ server */
export const Server = {
  /** Before anything else: where caches lie. */
  openProject: procedure('project/open', ProjectRef, ProjectState),
  projectState: procedure('project/state', ProjectRef, ProjectState),
  /** What a folder holds, before a project is made of it. */
  countFolder: procedure(
    'project/count',
    ProjectRef,
    z.object({ files: z.record(z.string(), z.number().int()), total: z.number().int(), bytes: z.number() }),
  ),
  /** Writes a commented smt.yaml; refuses to overwrite one. */
  createProject: procedure(
    'project/create',
    ProjectRef.extend({
      name: z.string().optional(),
      endpoint: z.string().optional(),
      model: z.string().optional(),
      student: z.string().optional(),
      tokenizer: z.string().optional(),
    }),
    z.object({ file: z.string() }),
  ),
  /** Problems of an smt.yaml text as it stands in the editor. */
  checkProjectFile: procedure(
    'project/check',
    z.object({ file: z.string(), text: z.string() }),
    z.object({ problems: z.array(z.custom<ConfigProblem>((value) => typeof value === 'object' && value !== null)) }),
  ),
  detectServers: procedure('endpoints/detect', Nothing, z.object({ servers: z.array(LocalServer) })),
  listEndpoints: procedure(
    'endpoints/list',
    Nothing,
    z.object({
      file: z.string(),
      problems: z.array(z.custom<ConfigProblem>((value) => typeof value === 'object' && value !== null)),
      endpoints: z.array(
        z.object({
          id: z.string(),
          origin: z.string(),
          base_url: z.string(),
          model: z.string().optional(),
          local: z.boolean(),
          consented: z.boolean(),
          key_env: z.string().optional(),
        }),
      ),
    }),
  ),
  /** Adds an endpoint to the user's registry, keeping its comments. */
  addEndpoint: procedure(
    'endpoints/add',
    z.object({ id: z.string(), base_url: z.string(), model: z.string().optional(), key_env: z.string().optional() }),
    z.object({ file: z.string(), origin: z.string() }),
  ),
  testEndpoint: procedure(
    'endpoints/test',
    z.object({ base_url: z.string(), key: z.string().optional() }),
    z.object({ ok: z.boolean(), models: z.array(z.string()), message: z.string() }),
  ),
  consentOrigin: procedure('endpoints/consent', z.object({ origin: z.string() }), Nothing),
  corpus: procedure('corpus/snapshot', ProjectRef.extend({ refresh: z.boolean().optional() }), CorpusSnapshot),
  documentText: procedure(
    'corpus/text',
    ProjectRef.extend(SampleQueries.document.shape),
    z.object({
      text: z.string(),
      text_hash: z.string(),
      pages: z.array(z.number().int()).optional(),
      title: z.string(),
      windows: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
    }),
  ),
  estimate: procedure('generate/estimate', ProjectRef.extend({ params: GenerateParams }), Estimate),
  samples: procedure('samples/page', ProjectRef.extend(SampleQueries.page.shape), SamplePage),
  sampleIds: procedure(
    'samples/ids',
    ProjectRef.extend(SampleQueries.ids.shape),
    z.object({ revision: z.number().int(), ids: z.array(z.string()) }),
  ),
  sampleCounts: procedure('samples/counts', ProjectRef.extend(SampleQueries.counts.shape), SampleCounts),
  lineage: procedure('samples/lineage', ProjectRef.extend(SampleQueries.one.shape), SampleLineage),
  decide: procedure('reviews/decide', ProjectRef.extend(SampleQueries.decision.shape), DecisionResult),
  orphanReviews: procedure(
    'reviews/orphans',
    ProjectRef,
    z.object({ reviews: z.array(z.object({ decision: z.string(), text: z.string(), at: z.string() })) }),
  ),
  audit: procedure('reviews/audit', ProjectRef.extend(SampleQueries.audit.shape), AuditReport),
  /** Appends plan additions; a running job picks them up. */
  addToPlan: procedure(
    'plan/add',
    ProjectRef.extend({ additions: z.array(PlanAddition.omit({ v: true, id: true, at: true })).min(1) }),
    z.object({ added: z.number().int(), requests: z.number().int(), running: z.boolean() }),
  ),
  startGenerate: procedure(
    'jobs/generate',
    ProjectRef.extend({ params: GenerateParams, keys: Keys, title: z.string().optional() }),
    z.object({ run: z.string() }),
  ),
  jobs: procedure('jobs/list', ProjectRef, z.object({ revision: z.number().int(), jobs: z.array(JobStatus) })),
  jobEvents: procedure(
    'jobs/events',
    ProjectRef.extend({ run: z.string(), limit: z.number().int().positive().max(5000) }),
    z.object({ events: z.array(JobEvent) }),
  ),
  stopJob: procedure('jobs/stop', ProjectRef.extend({ run: z.string() }), Nothing),
  resumeJob: procedure(
    'jobs/resume',
    ProjectRef.extend({ run: z.string(), keys: Keys }),
    z.object({ run: z.string() }),
  ),
  removeJob: procedure('jobs/remove', ProjectRef.extend({ run: z.string() }), Nothing),
  builtinState: procedure(
    'builtin/state',
    Nothing,
    z.object({ installed: z.boolean(), python: z.string().nullable(), download_mb: z.number(), message: z.string() }),
  ),
} as const;

/** server → extension; complete snapshots or a bare "changed" with a revision, never deltas. */
export const Pushed = {
  jobsChanged: new NotificationType<{ project: string; revision: number; jobs: JobStatus[] }>('jobs/changed'),
  samplesChanged: new NotificationType<{ project: string; revision: number }>('samples/changed'),
  corpusChanged: new NotificationType<{ project: string; revision: number }>('corpus/changed'),
  /** An answer of a talk with a served checkpoint grew, or ended. */
  exchangeChanged: new NotificationType<{ project: string } & ExchangeChange>('chat/changed'),
  /** A checkpoint is on its way here. */
  fetchMoved: new NotificationType<FetchMoved>('checkpoints/moved'),
  log: new NotificationType<{ level: 'debug' | 'info' | 'warn' | 'error'; message: string }>('log'),
};

export const Ping = new RequestType0<'pong', RpcErrorData>('ping');
