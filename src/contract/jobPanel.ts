import { NotificationType } from 'vscode-jsonrpc';
import { z } from 'zod';
import type { ExchangeChange, IndexChange } from './conversation.ts';
import { JobStatus } from './events.ts';
import { Nothing, procedure, UNHURRIED } from './procedure.ts';
import { MOST_POINTS, RunSnapshot } from './trainingRpc.ts';

/** What the Job panel's page may ask the extension. */

const RunRef = z.object({ run: z.string() });

/** What the page hands to `setState`; the host reads these three, the rest is the page's own. */
export const JobPanelState = z.looseObject({ v: z.literal(1), project: z.string(), run: z.string() });
export type JobPanelState = z.infer<typeof JobPanelState>;

export const JobPanelInit = z.object({
  revision: z.number().int(),
  project: z.string(),
  name: z.string(),
  trusted: z.boolean(),
  /** The run this panel is about. */
  run: z.string(),
  /** All jobs of the project: others of the kind can be laid over it. */
  jobs: z.array(JobStatus),
});
export type JobPanelInit = z.infer<typeof JobPanelInit>;

/** A file a page made, to be saved where a person says. */
export const PageFile = z.object({
  name: z.string().regex(/^[\w .-]{1,120}$/),
  text: z.string().max(50_000_000),
});

/** What can be done with a run; the extension asks for consent where it takes one. */
export const RunAction = z.enum(['stop', 'resume', 'rerun', 'log', 'folder', 'panel', 'dataset']);
export type RunAction = z.infer<typeof RunAction>;

export const JobPanel = {
  /** The page's handshake: said every time the page is rebuilt, answered with everything. */
  ready: procedure('job/ready', z.object({ state: z.unknown() }), JobPanelInit),
  snapshot: procedure(
    'job/snapshot',
    RunRef.extend({
      points: z.number().int().min(10).max(MOST_POINTS),
      range: z.object({ axis: z.enum(['step', 'tokens', 'seconds']), from: z.number(), to: z.number() }).optional(),
    }),
    RunSnapshot,
  ),
  act: procedure('job/act', RunRef.extend({ action: RunAction }), Nothing, UNHURRIED),
  deleteCheckpoint: procedure('job/deleteCheckpoint', RunRef.extend({ step: z.number().int() }), Nothing, UNHURRIED),
  /** Brings a checkpoint of another machine here; the extension says how much that is, and asks. */
  fetchCheckpoint: procedure('job/fetchCheckpoint', RunRef.extend({ step: z.number().int() }), Nothing, UNHURRIED),
  /** Serves the checkpoint and opens the panel of the serving job; what is said there is `ChatPanel`'s. */
  chat: procedure('job/chat', RunRef.extend({ step: z.number().int() }), Nothing, UNHURRIED),
  save: procedure('job/save', PageFile, z.object({ saved: z.boolean() }), UNHURRIED),
  showLog: procedure('job/showLog', Nothing, Nothing),
} as const;

/** extension → page: complete, with a revision, at most ten a second. */
export const JobPanelPushed = {
  jobs: new NotificationType<{ revision: number; jobs: JobStatus[] }>('job/jobs'),
  /** An answer grew, or ended: the exchange as it stands, with the revision of its talk. */
  exchange: new NotificationType<ExchangeChange>('job/exchange'),
  /** Documents or the job that indexes them changed. */
  index: new NotificationType<z.infer<typeof IndexChange>>('job/index'),
};
