import { NotificationType } from 'vscode-jsonrpc';
import { z } from 'zod';
import { JobStatus } from './events.ts';
import { ImportOutcome } from './imported.ts';
import { Nothing, ProjectRef, procedure, UNHURRIED } from './procedure.ts';
import {
  AnswerDetail,
  AnswerFilter,
  AnswerPage,
  BreakdownBy,
  BreakdownRow,
  Comparison,
  ReportFormat,
  ResultsSummary,
  TaughtBy,
} from './results.ts';

const compare = z.object({ first: z.string(), second: z.string() });
const breakdown = z.object({ by: BreakdownBy, cells: z.array(z.string()).min(1).max(8) });
const Breakdown = z.object({ rows: z.array(BreakdownRow) });
const answers = z.object({
  filter: AnswerFilter,
  offset: z.number().int().nonnegative(),
  limit: z.number().int().min(1).max(500),
});
const detail = z.object({ question: z.string(), cells: z.array(z.string()).min(1).max(8) });
const question = z.object({ question: z.string() });
/** `answers`: questions whose answers go into the page. */
const report = z.discriminatedUnion('format', [
  z.object({ format: ReportFormat }),
  z.object({ format: z.literal('html'), answers: z.number().int().min(0).max(50) }),
]);
export type ReportWish = z.infer<typeof report>;
const Report = z.object({ text: z.string() });
const importLogs = z.object({ files: z.array(z.string()).min(1).max(500) });
const removeImported = z.object({ imports: z.array(z.string()).min(1) });

/** extension ↔ server */
export const ResultsServer = {
  summary: procedure('results/summary', ProjectRef, ResultsSummary),
  compare: procedure('results/compare', ProjectRef.extend(compare.shape), Comparison),
  breakdown: procedure('results/breakdown', ProjectRef.extend(breakdown.shape), Breakdown),
  answers: procedure('results/answers', ProjectRef.extend(answers.shape), AnswerPage),
  detail: procedure('results/detail', ProjectRef.extend(detail.shape), AnswerDetail),
  taughtBy: procedure('results/taughtBy', ProjectRef.extend(question.shape), TaughtBy),
  report: procedure('results/report', ProjectRef.extend({ wish: report }), Report),
  /** Writes the files of lm-evaluation-harness into a folder a person chose. */
  exportLmEval: procedure(
    'results/exportLmEval',
    ProjectRef.extend({ folder: z.string() }),
    z.object({ files: z.array(z.string()) }),
  ),
  importLogs: procedure('results/importLogs', ProjectRef.extend(importLogs.shape), ImportOutcome),
  removeImported: procedure(
    'results/removeImported',
    ProjectRef.extend(removeImported.shape),
    z.object({ removed: z.number().int() }),
  ),
} as const;

export const ResultsPanelInit = z.object({
  revision: z.number().int(),
  project: z.string(),
  name: z.string(),
  trusted: z.boolean(),
  summary: ResultsSummary,
  jobs: z.array(JobStatus),
  documents: z.array(z.object({ id: z.string(), title: z.string() })),
});
export type ResultsPanelInit = z.infer<typeof ResultsPanelInit>;

/** What the Results page asks the extension. */
export const ResultsPage = {
  /** Said every time the page is rebuilt, answered with everything. */
  ready: procedure('results-page/ready', z.object({ state: z.unknown() }), ResultsPanelInit),
  compare: procedure('results-page/compare', compare, Comparison),
  breakdown: procedure('results-page/breakdown', breakdown, Breakdown),
  answers: procedure('results-page/answers', answers, AnswerPage),
  detail: procedure('results-page/detail', detail, AnswerDetail),
  taughtBy: procedure('results-page/taughtBy', question, TaughtBy),
  /** Focal rewrites of the passage that holds the answer. The question itself goes nowhere: only its id is said. */
  generateForPassage: procedure(
    'results-page/generateForPassage',
    question,
    z.object({ started: z.boolean(), message: z.string() }),
    UNHURRIED,
  ),
  openSamples: procedure('results-page/openSamples', question, Nothing),
  openSource: procedure(
    'results-page/openSource',
    z.object({ document: z.string(), start: z.number().int().optional(), end: z.number().int().optional() }),
    Nothing,
  ),
  /** Asks where to and writes what only the page has (a drawing, a table). */
  save: procedure(
    'results-page/save',
    z.object({ name: z.string().max(100), text: z.string() }),
    z.object({ saved: z.boolean() }),
    UNHURRIED,
  ),
  /** Asks for a format and a place, and writes the report; `said` is what happened, null when dismissed. */
  export: procedure('results-page/export', Nothing, z.object({ said: z.string().nullable() }), UNHURRIED),
  /** Asks for logs of other programs and takes them in. */
  importLogs: procedure('results-page/importLogs', Nothing, z.object({ said: z.string().nullable() }), UNHURRIED),
  removeImported: procedure(
    'results-page/removeImported',
    removeImported,
    z.object({ said: z.string().nullable() }),
    UNHURRIED,
  ),
  stopJob: procedure('results-page/stop', z.object({ run: z.string() }), Nothing),
  evaluate: procedure('results-page/evaluate', Nothing, Nothing, UNHURRIED),
  showLog: procedure('results-page/showLog', Nothing, Nothing),
} as const;

/** extension → page: whole snapshots, the older ones dropped by revision. */
export const ResultsPushed = {
  snapshot: new NotificationType<{ revision: number; summary: ResultsSummary; jobs: JobStatus[] }>(
    'results-page/snapshot',
  ),
};
