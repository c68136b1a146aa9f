import type { JobSpec } from '../../contract/events.ts';
import { badInput, type JobContext, type JobEnd, type JobHooks, readStatusFile, runJob } from '../jobs/index.ts';
import { BuiltinProblem } from '../llm/builtin/index.ts';
import { RateMeter } from '../llm/rateMeter.ts';
import { aloneInProject, indexing, type Project } from '../project/index.ts';
import { type BuildProgress, buildIndex } from './buildIndex.ts';
import { RetrievalProblem } from './problem.ts';
import { tuneRetrieval } from './quality/tune.ts';
import { tuningText } from './quality/tuning.ts';
import { forgetOtherFingerprints } from './search/scoreCache.ts';
import { effectiveSettings } from './settings.ts';
import { ChunkTable } from './store/chunkTable.ts';
import { listManifests, outdatedKeys, removeManifest, retrievalFolder, tableName } from './store/manifest.ts';

export type IndexSpec = Extract<JobSpec, { kind: 'index' }>;

/** The indexing job, whoever started it. What is embedded when it ends early stays, and resume goes on from there. */
export function runIndex(
  dir: string,
  spec: IndexSpec,
  keys: Readonly<Record<string, string>>,
  hooks: JobHooks = {},
): Promise<JobEnd> {
  return runJob(dir, 'index', hooks, (context) =>
    aloneInProject(dir, spec, indexing, async (project) => {
      try {
        return await build(dir, spec, project, keys, context);
      } catch (error) {
        return context.signal.aborted ? { kind: 'cancelled' } : endOf(error);
      }
    }),
  );
}

async function build(
  dir: string,
  { params }: IndexSpec,
  project: Project,
  keys: Readonly<Record<string, string>>,
  { events, signal, hooks }: JobContext,
): Promise<JobEnd> {
  const show = async () => {
    const status = await readStatusFile(dir);
    if (status) hooks.onStatus?.(status);
  };
  const progress = new Reported(events);
  if (params.tune) return tune(project, params, keys, { events, signal, hooks }, progress, show);
  const built = await buildIndex(project, {
    settings: params.settings,
    keys,
    // A resumed attempt goes on; only the first one throws away what was there.
    rebuild: params.rebuild && events.status.attempt <= 1,
    // The job was asked for with this embedder: whoever started it has agreed to the download.
    setUp: true,
    signal,
    onProgress: (step) => {
      progress.take(step);
      void show();
    },
  });
  const folder = retrievalFolder(project.paths);
  for (const key of await outdatedKeys(folder)) {
    await ChunkTable.drop(folder, tableName(key));
    await removeManifest(folder, key);
  }
  const kept = (await listManifests(folder)).flatMap(({ fingerprint }) => fingerprint ?? []);
  await forgetOtherFingerprints(folder, new Set(kept));
  if (built.truncated > 0) {
    const text = `${built.truncated} chunks are longer than the embedder reads: their ends have no part in their vectors (full-text search reads them whole). A smaller retrieval.chunk_size avoids it.`;
    events.log('warn', text);
    hooks.onMessage?.('warn', text);
  }
  const of = `${built.chunks.toLocaleString('en')} chunks of ${built.documents.toLocaleString('en')} documents`;
  const by = built.embedder === null ? 'full text only' : `${built.embedder}, ${built.dimension} dimensions`;
  const what =
    built.added === 0 && built.removed === 0 ? 'Nothing had changed' : `${built.added.toLocaleString('en')} chunks new`;
  return { kind: 'succeeded', message: `${of} (${by}). ${what}.` };
}

/** The sweep: an index for every chunk size, each measured in every mode. What is built stays, so resume goes on. */
async function tune(
  project: Project,
  { settings }: IndexSpec['params'],
  keys: Readonly<Record<string, string>>,
  { events, signal }: JobContext,
  progress: Reported,
  show: () => Promise<void>,
): Promise<JobEnd> {
  const rows = await tuneRetrieval(project, {
    settings,
    keys,
    // As for an index: whoever started the job has agreed to the download.
    setUp: true,
    signal,
    onProgress: (size, step) => {
      progress.take(step);
      events.note(`Chunks of ${size.toLocaleString('en')}`);
      void show();
    },
    onMeasure: (size) => {
      events.phase('measure');
      events.note(`Chunks of ${size.toLocaleString('en')}`);
      void show();
    },
  });
  if (rows.length > 0)
    return { kind: 'succeeded', message: tuningText(rows, effectiveSettings(project.config.retrieval, settings)) };
  return badInput(
    'Nothing to tune on: no question of a dev split (the first 20 % of documents by title) has evidence that was found in the corpus. FinanceBench, SQuAD and your own questions with "document" bring evidence.',
  );
}

/** Progress as events and status: phases as they begin, chunks a second over the last ten seconds. */
class Reported {
  readonly #events: JobContext['events'];
  readonly #meter = new RateMeter();
  #phase = '';
  #before: number | undefined;

  constructor(events: JobContext['events']) {
    this.#events = events;
  }

  take(step: BuildProgress): void {
    if (step.phase !== this.#phase) {
      this.#phase = step.phase;
      this.#events.note(undefined);
      this.#events.phase(step.phase, step.phase === 'embed' || step.phase === 'index' ? 'running' : 'preparing');
    }
    if (step.phase === 'index') return;
    if (step.phase === 'setup') this.#events.note(step.message);
    const rate = step.phase === 'embed' ? this.#rate(step.done) : null;
    this.#events.progress({
      phase: step.phase,
      done: step.done,
      total: step.total,
      unit: step.phase === 'setup' ? 'byte' : step.phase === 'embed' ? 'chunk' : 'document',
      rate,
      etaSeconds: rate ? (step.total - step.done) / rate : null,
    });
  }

  #rate(done: number): number | null {
    const now = Date.now();
    this.#meter.add(now, this.#before === undefined ? 0 : done - this.#before);
    this.#before = done;
    return this.#meter.rates(now)?.amount || null;
  }
}

function endOf(error: unknown): JobEnd {
  if (error instanceof BuiltinProblem) return { kind: 'failed', message: error.message };
  if (!(error instanceof RetrievalProblem)) throw error;
  switch (error.code) {
    case 'key':
    case 'quota':
    case 'endpoint':
      return { kind: 'paused', cause: error.code, message: error.message, reasons: [] };
    case 'consent':
    case 'settings':
    case 'unknown':
    case 'newer':
    case 'busy':
      return badInput(error.message);
    case 'builtin':
    case 'malformed':
    case 'no_index':
      return { kind: 'failed', message: error.message };
  }
}
