import type { GenerateCounts, GenerateSpec } from '../../contract/events.ts';
import { badInput, type JobContext, type JobEnd, type JobHooks, readStatusFile, runJob } from '../jobs/index.ts';
import { CompletionLog, RequestStore, type RunState, runRequests } from '../llm/index.ts';
import { aloneInProject, generating, type Project } from '../project/index.ts';
import { ReviewBook } from '../samples/index.ts';
import { SynthRequest } from '../synth/index.ts';
import { openGenerator } from './generator.ts';
import { openSink } from './openSink.ts';
import { openProjectCorpus } from './projectCorpus.ts';
import { rederive } from './rederive.ts';
import { openSynthesis } from './synthesis.ts';

/** Requests of a preview when nothing else is said. */
const PREVIEW_REQUESTS = 12;

/**
 * The generating job, whoever started it: holds the lease, reports through its run directory only, and leaves
 * everything answered in the log. Throws nothing: every end is a value, and the run directory tells the same.
 *
 * @param dir  run directory with its `spec.json`
 * @param keys keys by origin, as they came over standard input
 */
export function runGenerate(
  dir: string,
  spec: GenerateSpec,
  keys: Readonly<Record<string, string>>,
  hooks: JobHooks = {},
): Promise<JobEnd> {
  return runJob(dir, 'generate', hooks, (context) =>
    aloneInProject(dir, spec, generating, (project) =>
      spec.params.rederive === true ? rederive(project, context) : generate(dir, spec, project, keys, context),
    ),
  );
}

async function generate(
  dir: string,
  spec: GenerateSpec,
  project: Project,
  keys: Readonly<Record<string, string>>,
  { events, signal, hooks }: JobContext,
): Promise<JobEnd> {
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
    const synthesis = await openSynthesis({
      project,
      profile: generator.profile,
      toy: generator.toy,
      model: endpoint.model,
      corpus,
      tokens: counter,
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
    const { profile, toy } = generator;
    const { thread, sink, throwIfBroken } = openSink({
      ...{ project, profile, toy, log, synthesis: synthesis.synthesis },
      ...{ anew: false, fresh: log.size === 0 },
      // The answers that are paid for go on arriving in the log.
      onFailure: (error) =>
        events.log('error', `Samples could not be stored: ${error instanceof Error ? error.message : String(error)}`),
    });
    try {
      const reconciled = await sink.reconcile({
        requests,
        fromRecord: (line) => plan.fromRecord(line),
        onDocument: (done) =>
          events.progress({ phase: 'load', done, total: null, unit: 'document', rate: null, etaSeconds: null }),
      });
      if (reconciled > 0) events.log('info', `Derived ${reconciled} documents again from the log.`);
      await sink.start();
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
      plan.onClosed = (document) => sink.forget(document);
      let last: RunState | undefined;
      const source = {
        // Answers that wait for the samples thread are held in memory: rather wait than pile them up.
        next: () => (sink.full ? 'wait' : plan.next()),
        settle: (request: Parameters<typeof plan.settle>[0], outcome: Parameters<typeof plan.settle>[1]) => {
          plan.settle(request, outcome);
          if (outcome.kind !== 'gave_up' && request instanceof SynthRequest) sink.take(request, outcome.completion);
        },
        set onReady(ready: () => void) {
          plan.onReady = ready;
          sink.onRoom = ready;
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
      for (const warning of [...deriver.warnings, ...sink.warnings].slice(0, 100)) {
        events.log(
          'warn',
          `${warning.document}: sample ${warning.sample} is ${warning.kind === 'leak' ? 'a repeat of' : 'close to'} evaluation question ${warning.benchmark}. ${warning.detail}`,
        );
      }
      throwIfBroken();
      return runEnd.kind === 'done' ? { kind: 'succeeded' } : runEnd;
    } finally {
      await thread.end();
      await plan.close();
    }
  } finally {
    await log.close();
    await requests.close();
    await counter.close();
    await generator.release();
  }
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
