import { NotificationType } from 'vscode-jsonrpc';
import { z } from 'zod';
import { JobStatus } from './events.ts';
import { Nothing, procedure, UNHURRIED } from './procedure.ts';
import { SampleQueries, Server } from './rpc.ts';
import { AuditReport, DecisionResult, SampleCounts, SampleFilter, SampleLineage, SamplePage } from './samplesView.ts';

/** What the Samples panel may ask the extension. Those of `Server` are passed on with the project filled in. */
export const SamplesPanelInit = z.object({
  revision: z.number().int(),
  project: z.string(),
  name: z.string(),
  trusted: z.boolean(),
  toy: z.boolean(),
  methods: z.array(z.object({ id: z.string(), label: z.string(), kind: z.string() })),
  documents: z.array(z.object({ id: z.string(), title: z.string() })),
  counts: SampleCounts,
  jobs: z.array(JobStatus),
  /** What to show first: from a right-click or a tree item. */
  focus: z.object({
    filter: SampleFilter.optional(),
    sample: z.string().optional(),
    document: z.string().optional(),
    audit: z.boolean().optional(),
  }),
  can_undo: z.boolean(),
});
export type SamplesPanelInit = z.infer<typeof SamplesPanelInit>;

export const Panel = {
  /** The page's handshake: said every time the page is rebuilt, answered with everything. */
  ready: procedure('panel/ready', z.object({ state: z.unknown() }), SamplesPanelInit),
  samples: procedure('panel/samples', SampleQueries.page, SamplePage),
  sampleIds: procedure(
    'panel/ids',
    SampleQueries.ids,
    z.object({ revision: z.number().int(), ids: z.array(z.string()) }),
  ),
  counts: procedure('panel/counts', SampleQueries.counts, SampleCounts),
  lineage: procedure('panel/lineage', SampleQueries.one, SampleLineage),
  documentText: procedure('panel/text', SampleQueries.document, Server.documentText.result),
  decide: procedure('panel/decide', SampleQueries.decision, DecisionResult),
  audit: procedure('panel/audit', SampleQueries.audit, AuditReport),
  /** More for this question, document or sample; the extension asks for consent and shows the estimate. */
  generate: procedure(
    'panel/generate',
    z.discriminatedUnion('what', [
      z.object({
        what: z.literal('rewrites_for_question'),
        document: z.string(),
        query: z.object({ id: z.string(), text: z.string() }),
      }),
      z.object({ what: z.literal('questions'), document: z.string() }),
      z.object({ what: z.literal('rewrites'), document: z.string() }),
      z.object({ what: z.literal('regenerate'), sample: z.string() }),
      z.object({ what: z.literal('all') }),
      z.object({ what: z.literal('rederive') }),
    ]),
    z.object({ started: z.boolean(), message: z.string() }),
    UNHURRIED,
  ),
  /** Opens the original file beside the panel, at the passage where the file's own text can show it. */
  openSource: procedure(
    'panel/openSource',
    z.object({ document: z.string(), start: z.number().int().optional(), end: z.number().int().optional() }),
    Nothing,
  ),
  /** Opens the prompt or raw completion as a read-only text document. */
  openText: procedure(
    'panel/openText',
    z.object({ sample: z.string(), which: z.enum(['prompt', 'completion']) }),
    Nothing,
  ),
  stopJob: procedure('panel/stop', z.object({ run: z.string() }), Nothing),
  showLog: procedure('panel/showLog', Nothing, Nothing),
} as const;

/** extension → page: snapshots with a revision, coalesced to ≤ 10 a second. */
export const PanelPushed = {
  snapshot: new NotificationType<{ revision: number; counts: SampleCounts; jobs: JobStatus[]; can_undo: boolean }>(
    'panel/snapshot',
  ),
  focus: new NotificationType<SamplesPanelInit['focus']>('panel/focus'),
};
