import { NotificationType } from 'vscode-jsonrpc';
import { z } from 'zod';
import { JobStatus } from './events.ts';
import { Keys, ProjectRef, procedure, UNHURRIED } from './procedure.ts';
import {
  IndexParams,
  IndexState,
  RetrievalOverride,
  RetrievalQuality,
  RetrievalSettings,
  RetrievedChunk,
  Tuning,
} from './retrieval.ts';

/** The RAG baseline: extension ↔ server (`src/server/retrieval.ts`) and the Try Retrieval panel ↔ extension. */

/** An index on disk: a chunking that can be searched without building anything. */
export const IndexedChunking = z.object({
  unit: RetrievalSettings.shape.chunk_unit.unwrap(),
  size: z.number().int(),
  overlap: z.number().int(),
  /** Label of the embedder; null: full text alone. */
  embedder: z.string().nullable(),
  chunks: z.number().int(),
  complete: z.boolean(),
});
export type IndexedChunking = z.infer<typeof IndexedChunking>;

export const RetrievalOverview = z.object({
  state: IndexState,
  /** Of smt.yaml with the override laid over it. */
  settings: RetrievalSettings,
  indexed: z.array(IndexedChunking),
  /** Of the last *Tune Retrieval*; null: none yet. */
  tuning: Tuning.nullable(),
  /** What a build would need a person's word for. */
  needs: z.object({
    /** The built-in embedder is not set up: megabytes to download; null: nothing. */
    download_mb: z.number().nullable(),
    /** Whether a Python that can run it was found. */
    python: z.boolean(),
    /** Origins that no one has agreed to send documents to. */
    origins: z.array(z.object({ origin: z.string(), endpoint: z.string() })),
    /** Origins of the endpoints that are used, whose keys travel with a request. */
    keys: z.array(z.string()),
  }),
});
export type RetrievalOverview = z.infer<typeof RetrievalOverview>;

export const Retrieved = z.object({
  mode: RetrievalSettings.shape.mode.unwrap(),
  /** Differences between what was asked for and what was done, for a person. */
  notes: z.array(z.string()),
  chunks: z.array(RetrievedChunk),
  ms: z.number(),
});
export type Retrieved = z.infer<typeof Retrieved>;

const question = z.string().min(1).max(20_000);

export const RetrievalServer = {
  overview: procedure(
    'retrieval/overview',
    ProjectRef.extend({ settings: RetrievalOverride.optional() }),
    RetrievalOverview,
  ),
  startIndex: procedure(
    'retrieval/index',
    ProjectRef.extend({ params: IndexParams, keys: Keys, title: z.string() }),
    z.object({ run: z.string() }),
  ),
  retrieve: procedure(
    'retrieval/retrieve',
    ProjectRef.extend({ query: question, settings: RetrievalOverride, keys: Keys }),
    Retrieved,
  ),
  /** Recall and MRR on benchmarks whose evidence is known. */
  quality: procedure(
    'retrieval/quality',
    ProjectRef.extend({ settings: RetrievalOverride, keys: Keys }),
    z.object({ rows: z.array(RetrievalQuality) }),
  ),
} as const;

/** UI state that a Try Retrieval page leaves with VS Code; `project` says whose panel to restore. */
export const RetrievalPanelState = z.object({ v: z.literal(1), project: z.string() });

export const RetrievalPanelInit = z.object({
  revision: z.number().int(),
  project: z.string(),
  name: z.string(),
  trusted: z.boolean(),
  overview: RetrievalOverview,
  /** The newest indexing job, running or ended. */
  job: JobStatus.nullable(),
});
export type RetrievalPanelInit = z.infer<typeof RetrievalPanelInit>;

/** What the Try Retrieval page may ask the extension. */
export const RetrievalPanel = {
  ready: procedure('retrievalPanel/ready', z.object({ state: z.unknown() }), RetrievalPanelInit),
  retrieve: procedure(
    'retrievalPanel/retrieve',
    z.object({ query: question, settings: RetrievalOverride }),
    Retrieved,
    UNHURRIED,
  ),
  quality: procedure(
    'retrievalPanel/quality',
    z.object({ settings: RetrievalOverride }),
    z.object({ rows: z.array(RetrievalQuality) }),
    UNHURRIED,
  ),
  /** Builds or brings up to date; the extension asks for consent. */
  build: procedure(
    'retrievalPanel/build',
    z.object({ settings: RetrievalOverride }),
    z.object({ started: z.boolean() }),
    UNHURRIED,
  ),
  openSource: procedure(
    'retrievalPanel/openSource',
    z.object({ document: z.string(), start: z.number().int(), end: z.number().int() }),
    z.null(),
  ),
  /** Starts the sweep over chunk sizes and modes. */
  tune: procedure('retrievalPanel/tune', z.null(), z.object({ started: z.boolean() }), UNHURRIED),
  stopJob: procedure('retrievalPanel/stop', z.object({ run: z.string() }), z.null()),
  showLog: procedure('retrievalPanel/showLog', z.null(), z.null()),
} as const;

/** extension → page: a snapshot with a revision, when the index or its job changed. */
export const RetrievalSnapshot = RetrievalPanelInit.pick({ revision: true, overview: true, job: true });
export const RetrievalPanelPushed = {
  snapshot: new NotificationType<z.infer<typeof RetrievalSnapshot>>('retrievalPanel/snapshot'),
};
