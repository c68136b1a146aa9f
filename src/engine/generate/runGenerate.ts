import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerateCounts, JobSpec, JobStatus, PauseCause } from '../../contract/events.ts';
import { EventWriter, readStatusFile, takeLease } from '../jobs/index.ts';
import { BuiltinProblem } from '../llm/builtin/index.ts';
import { CompletionLog, RequestStore, type RunState, runRequests } from '../llm/index.ts';
import { formatProblem, loadProject, type Project, projectPaths } from '../project/index.ts';
import { openSampleWriter, ReviewBook, StoreUnavailable } from '../samples/index.ts';
import { sampleTotals } from '../samples/sampleTotals.ts';
import { SynthRequest } from '../synth/index.ts';
import { openGenerator } from './generator.ts';
import { LateTokens } from './lateTokens.ts';
import { openProjectCorpus } from './projectCorpus.ts';
import { SampleSink } from './sampleSink.ts';
import { openSynthesis } from './synthesis.ts';

export type GenerateEnd =
  | { kind: 'succeeded' }
  | { kind: 'paused'; cause: PauseCause; message: string; reasons: { reason: string; count: number }[] }
  | { kind: 'cancelled' }
  /** The project, a prompt or a benchmark file has to be mended first. */
  | { kind: 'bad_input'; message: string }
  | { kind: 'failed'; message: string };

export interface GenerateHooks {
  signal?: AbortSignal;
  /** A complete snapshot, at most ten a second. */
  onStatus?: (status: JobStatus) => void;
  onMessage?: (level: 'info' | 'warn', text: string) => void;
}

/** Requests of a preview when nothing else is said. */
const PREVIEW_REQUESTS = 12;
const STOP_POLL_MS = 300;

/**
 * The generating job, whoever started it: holds the lease, reports through its run directory only, and leaves
 * everything answered in the log. Throws nothing: every end is a value, and the run directory tells the same.
 *
 * @param dir  run directory with its `spec.json`
 * @param keys keys by origin, as they came over standard input
 */
export async function runGenerate(
  dir: string,
  spec: JobSpec,
  keys: Readonly<Record<string, string>>,
  hooks: GenerateHooks = {},
): Promise<GenerateEnd> {
  const events = await EventWriter.start(dir, 'generate', { node: process.version });
  const stop = new AbortController();
  hooks.signal?.addEventListener('abort', () => stop.abort(), { once: true });
  if (hooks.signal?.aborted) stop.abort();
  const poll = setInterval(() => {
    if (events.stopRequested) stop.abort();
  }, STOP_POLL_MS);
  let end: GenerateEnd;
  try {
    end = await underLease(dir, spec, keys, { events, stop, hooks });
  } catch (error) {
    end = stop.signal.aborted ? { kind: 'cancelled' } : failure(error);
  }
  clearInterval(poll);
  return report(events, end);
}

interface JobContext {
  events: EventWriter;
  stop: AbortController;
  hooks: GenerateHooks;
}

async function underLease(dir: string, spec: JobSpec, keys: Readonly<Record<string, string>>, context: JobContext) {
  // A run directory that came with a cloned folder must not make us generate somewhere else.
  if (!(await isRunOf(dir, spec)))
    return badInput(`Run ${spec.run} was made for another folder (${spec.project}). Start a new one.`);
  const loaded = await loadProject(spec.project);
  if (loaded.kind === 'none') return badInput(`There is no smt.yaml in ${spec.project}.`);
  if (loaded.kind === 'invalid') return badInput(loaded.problems.map(formatProblem).join('\n'));
  const { project } = loaded;
  const lease = await takeLease(project.paths.lease, spec.run);
  if (lease.kind === 'busy') {
    const { run, pid, host } = lease.holder;
    return badInput(`Run ${run} is generating in this project already (process ${pid} on ${host}).`);
  }
  try {
    return await generate(dir, spec, project, keys, context);
  } finally {
    await lease.lease.release();
  }
}

async function generate(
  dir: string,
  spec: JobSpec,
  project: Project,
  keys: Readonly<Record<string, string>>,
  { events, stop, hooks }: JobContext,
): Promise<GenerateEnd> {
  const { signal } = stop;
  const { params } = spec;
  const show = async () => {
    const status = await readStatusFile(dir);
    if (status) hooks.onStatus?.(status);
  };
  const opened = await openGenerator(project, keys, {
    signal,
    onSetUp: ({ message, megabytes, total_megabytes }) => {
      events.progress({
        phase: 'setup',
        done: megabytes * 1e6,
        total: total_megabytes * 1e6,
        unit: 'byte',
        rate: null,
        etaSeconds: null,
      });
      events.note(message);
      void show();
    },
    onLost: (message) => {
      events.log('error', message);
      hooks.onMessage?.('warn', message);
    },
  });
  if (!opened.ok) {
    return opened.cause === 'configuration'
      ? badInput(opened.message)
      : { kind: 'paused', cause: opened.cause, message: opened.message, reasons: [] };
  }
  const { generator } = opened;
  const [endpoint] = generator.endpoints;
  if (!endpoint) return badInput('generator.endpoints of smt.yaml names no endpoint.');
  events.note(undefined);
  events.phase('load', 'preparing');
  const { corpus, counter } = await openProjectCorpus(project, {
    signal,
    onProgress: ({ done, total }) => {
      events.progress({ phase: 'load', done, total, unit: 'document', rate: null, etaSeconds: null });
      void show();
    },
  });
  const requests = await RequestStore.openForWriting(project.paths.requests);
  const log = await CompletionLog.openForWriting(project.paths.completions, { after: [requests.writer] });
  if (log.repairedBytes > 0)
    events.log('warn', `Repaired a torn line at the end of the log (${log.repairedBytes} bytes).`);
  const reviews = await ReviewBook.open(project.paths.reviews);
  try {
    if (corpus.documents.length === 0) {
      const unreadable =
        corpus.unreadable.length > 0 ? ` ${corpus.unreadable.length} files cannot be read; "smt corpus" says why.` : '';
      return badInput(`No document to read in ${project.root}.${unreadable}`);
    }
    const limit = params.limit ?? (params.preview ? PREVIEW_REQUESTS : undefined);
    const tokens = new LateTokens(counter);
    const synthesis = await openSynthesis({
      project,
      profile: generator.profile,
      toy: generator.toy,
      model: endpoint.model,
      corpus,
      tokens,
      log,
      requests,
      rejectedQuestions: rejectedSamples(reviews),
      plan: {
        writable: true,
        only: params.methods,
        documents: params.documents,
        preview: params.preview,
        additionsOnly: params.additions_only,
        retryFailed: params.retry_failed,
        ...(limit === undefined ? {} : { limit }),
      },
    });
    if (!synthesis.ok) return badInput(synthesis.message);
    const { plan, deriver } = synthesis.synthesis;
    const writer = await openSampleWriter({ lance: project.paths.lance });
    const broken: { error?: unknown } = {};
    const sink = new SampleSink({
      deriver,
      writer,
      log,
      tokens,
      onFailure: (error) => {
        // Samples can be made again from the log; the answers that are paid for go on arriving there.
        broken.error ??= error;
        events.log('error', `Samples could not be stored: ${error instanceof Error ? error.message : String(error)}`);
      },
    });
    try {
      const reconciled = await sink.reconcile({
        requests,
        fromRecord: (line) => plan.fromRecord(line),
        onDocument: (done) =>
          events.progress({ phase: 'load', done, total: null, unit: 'document', rate: null, etaSeconds: null }),
      });
      if (reconciled > 0) events.log('info', `Derived ${reconciled} documents again from the log.`);
      sink.start(await sampleTotals(project.paths.lance));
      events.phase('generate');
      const before = log.spend;
      const knownBefore = { tokens: before.inputTokens + before.outputTokens, cost: log.knownCost };
      const snapshot = (state: RunState): GenerateCounts => {
        const { total } = plan.counts();
        const spend = log.spend;
        return {
          ...total,
          in_flight: state.inFlight,
          samples: sink.samples,
          accepted: sink.totals.accepted,
          rejected: { ...sink.totals.rejected },
          input_tokens: spend.inputTokens,
          output_tokens: spend.outputTokens,
          run_output_tokens: state.outputTokens,
          cost: spend.cost,
          requests_per_second: state.requestsPerSecond,
          retried: state.retried,
          endpoints: state.endpoints,
        };
      };
      const tell = (state: RunState) => {
        const counts = snapshot(state);
        const rate = state.requestsPerSecond;
        const done = counts.answered + counts.failed;
        const remaining =
          limit === undefined ? counts.pending : Math.min(counts.pending, limit - state.answered - state.failed);
        events.progress({
          phase: 'generate',
          done,
          total: done + Math.max(0, remaining),
          unit: 'request',
          rate,
          etaSeconds: rate && rate > 0 && state.answered >= 5 ? Math.max(0, remaining) / rate : null,
          counts,
        });
        hooks.onStatus?.(events.status);
      };
      let last: RunState | undefined;
      const source = {
        // Samples that wait for their tokens are held in memory: rather wait than pile them up.
        next: () => (tokens.full ? 'wait' : plan.next()),
        settle: (request: Parameters<typeof plan.settle>[0], outcome: Parameters<typeof plan.settle>[1]) => {
          plan.settle(request, outcome);
          if (outcome.kind !== 'gave_up' && request instanceof SynthRequest) sink.take(request, outcome.completion);
        },
        set onReady(ready: () => void) {
          plan.onReady = ready;
          tokens.onRoom = ready;
        },
      };
      const runEnd = await runRequests({
        source,
        endpoints: generator.endpoints,
        log,
        requests,
        run: spec.run,
        signal,
        maxConcurrency: project.config.generator.max_concurrency,
        budget: [
          { name: 'project', ...project.config.budget, spent: knownBefore },
          { name: 'run', tokens: params.budget.tokens, cost: params.budget.cost },
        ],
        onState: (state) => {
          last = state;
          tell(state);
        },
      });
      events.phase('save', runEnd.kind === 'cancelled' ? 'stopping' : 'running');
      await sink.close();
      if (last) tell({ ...last, inFlight: 0 });
      for (const { document, message } of plan.problems) {
        const text = document ? `${document}: ${message}` : message;
        events.log('warn', text);
        hooks.onMessage?.('warn', text);
      }
      for (const warning of deriver.warnings.slice(0, 100)) {
        events.log(
          'warn',
          `${warning.document}: sample ${warning.sample} is ${warning.kind === 'leak' ? 'a repeat of' : 'close to'} evaluation question ${warning.benchmark}. ${warning.detail}`,
        );
      }
      if (broken.error !== undefined) return failure(broken.error);
      return runEnd.kind === 'done' ? { kind: 'succeeded' } : runEnd;
    } finally {
      await plan.close();
    }
  } finally {
    await log.close();
    await requests.close();
    await counter.close();
    await generator.release();
  }
}

async function isRunOf(dir: string, spec: JobSpec): Promise<boolean> {
  const [here, named] = await Promise.all(
    [dir, join(projectPaths(spec.project).runs, spec.run)].map((path) => realpath(path).catch(() => undefined)),
  );
  return here !== undefined && here === named;
}

/** Samples that a person rejected or deleted: such a question is not drawn from any more. */
function rejectedSamples(reviews: ReviewBook): Set<string> {
  const rejected = new Set<string>();
  for (const sample of reviews.samples()) {
    const verdict = reviews.review(sample)?.verdict;
    if (verdict === 'reject' || verdict === 'delete') rejected.add(sample);
  }
  return rejected;
}

async function report(events: EventWriter, end: GenerateEnd): Promise<GenerateEnd> {
  switch (end.kind) {
    case 'succeeded':
      await events.end('succeeded', 0);
      break;
    case 'cancelled':
      await events.end('cancelled', 130, 'Stopped. Nothing answered is lost; resume goes on from here.');
      break;
    case 'paused':
      events.paused({ cause: end.cause, reasons: end.reasons, message: end.message });
      await events.end('paused', 3, end.message);
      break;
    case 'bad_input':
      events.error({ code: 'bad_input', message: end.message, hint: 'Mend it and start again.', retryable: true });
      await events.end('failed', 2, end.message);
      break;
    case 'failed':
      events.error({
        code: 'failed',
        message: end.message,
        hint: 'The log has the details. Resume goes on from here.',
        retryable: true,
      });
      await events.end('failed', 1, end.message);
      break;
  }
  return end;
}

const badInput = (message: string): GenerateEnd => ({ kind: 'bad_input', message });

function failure(error: unknown): GenerateEnd {
  if (error instanceof BuiltinProblem || error instanceof StoreUnavailable)
    return { kind: 'failed', message: error.message };
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return { kind: 'failed', message: 'The disk is full. Free some space and resume: nothing answered is lost.' };
  }
  return { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
