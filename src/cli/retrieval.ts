import {
  IndexParams,
  measuredQuestions,
  mrrText,
  RetrievalOverride,
  type RetrievalQuality,
  type RetrievedChunk,
} from '../contract/retrieval.ts';
import { createJob, type JobBackend, takeLease } from '../engine/jobs/index.ts';
import { hasConsent, isLoopback, loadRegistry, originOf, recordConsent } from '../engine/llm/index.ts';
import { indexing, type Project } from '../engine/project/index.ts';
import { builtinEmbedderState, effectiveSettings, openRetriever, RetrievalProblem } from '../engine/rag/index.ts';
import { projectQuality, tuneRetrieval } from '../engine/rag/quality/tune.ts';
import { tuningText } from '../engine/rag/quality/tuning.ts';
import { ask, refuseSecond, sameOrigin } from './agree.ts';
import { type Arguments, wholeNumber } from './arguments.ts';
import { runHere } from './jobRun.ts';
import { Exit, number, oneLine, printable, type Terminal, UsageError } from './terminal.ts';

type Values = Arguments['values'];

/** `index`: chunks, vectors and full text of the corpus, as a job that runs here. */
export async function indexVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  values: Values,
): Promise<Exit> {
  const asked = settingsOf(values);
  await refuseSecond(indexing, project);
  const settings = { ...asked, ...(await agreeToEmbedder(terminal, project, asked, values)) };
  const params = IndexParams.parse({ settings, rebuild: values.rebuild ?? false });
  const { chunk_size, chunk_unit } = effectiveSettings(project.config.retrieval, settings);
  const { run, dir } = await createJob(project, {
    kind: 'index',
    title: `Retrieval index: chunks of ${chunk_size} ${chunk_unit}`,
    params,
  });
  if (!values.detach) return runHere(terminal, dir, backend);
  await backend.start(dir, {});
  terminal.record({ run, dir });
  terminal.say(`Started run ${run}. "smt jobs" shows it, "smt jobs stop ${run}" stops it.`);
  return Exit.done;
}

/** `retrieve QUERY`: the best passages with the score of every stage; `--quality` and `--tune` measure instead. */
export async function retrieveVerb(terminal: Terminal, project: Project, query: string, values: Values): Promise<Exit> {
  try {
    if (values.tune) return await tune(terminal, project, values);
    if (values.quality) return await quality(terminal, project, values);
    if (!query.trim()) throw new UsageError('retrieve QUERY: the question to find passages for');
    return await retrieve(terminal, project, query, values);
  } catch (error) {
    if (!(error instanceof RetrievalProblem)) throw error;
    terminal.warn(error.message);
    return ['no_index', 'settings', 'consent', 'unknown'].includes(error.code) ? Exit.usage : Exit.failed;
  }
}

async function retrieve(terminal: Terminal, project: Project, query: string, values: Values): Promise<Exit> {
  const settings = settingsOf(values);
  await agreeToOrigins(project, settings, values);
  const retriever = await openRetriever(project, { settings, keys: {} });
  try {
    for (const note of retriever.notes) terminal.warn(note);
    const [chunks = []] = await retriever.retrieve([{ id: 'query', text: query }]);
    for (const chunk of chunks) {
      terminal.record(chunk);
      if (!terminal.json) sayChunk(terminal, chunk);
    }
    if (chunks.length === 0) terminal.say('Nothing found: no passage holds a word of the query.');
    return Exit.done;
  } finally {
    await retriever.close();
  }
}

function sayChunk(terminal: Terminal, chunk: RetrievedChunk): void {
  const place = `${chunk.document}${chunk.page === undefined ? '' : `, page ${chunk.page}`}, ${chunk.start}–${chunk.end}`;
  const stages = [
    stage('vector', chunk.vector),
    stage('text', chunk.text_match),
    stage('fused', chunk.fused),
    stage('rerank', chunk.rerank),
  ].filter((each) => each !== undefined);
  terminal.say(`${chunk.rank}. ${oneLine(chunk.title, 60)} (${printable(place)})`);
  terminal.say(`   ${stages.join(' · ')}`);
  terminal.say(`   ${oneLine(chunk.text, 240)}`);
}

function stage(name: string, found: { score: number; rank: number } | undefined): string | undefined {
  return found && `${name} ${found.score.toPrecision(4)} (#${found.rank})`;
}

async function quality(terminal: Terminal, project: Project, values: Values): Promise<Exit> {
  const rows = await projectQuality(project, { settings: settingsOf(values), keys: {}, split: 'configured' });
  return sayQuality(terminal, rows, effectiveSettings(project.config.retrieval, settingsOf(values)).top_k);
}

async function tune(terminal: Terminal, project: Project, values: Values): Promise<Exit> {
  const asked = settingsOf(values);
  await refuseSecond(indexing, project);
  const settings = { ...asked, ...(await agreeToEmbedder(terminal, project, asked, values)) };
  const held = await takeLease(indexing.lease(project.paths), `tune-${process.pid}`);
  if (held.kind === 'busy') throw new UsageError(`Run ${held.holder.run} is building the retrieval index already.`);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  try {
    const rows = await tuneRetrieval(project, {
      settings,
      keys: {},
      setUp: true,
      signal: stop.signal,
      onProgress: (size, step) =>
        terminal.progress(
          `chunks of ${size}: ${step.phase}${'done' in step ? ` ${number.format(step.done)} of ${number.format(step.total)}` : ''}`,
        ),
    });
    terminal.endProgress();
    terminal.say(
      'On the dev split only (the first 20 % of documents by title), so that the test questions stay unseen:',
    );
    const exit = sayQuality(terminal, rows, effectiveSettings(project.config.retrieval, settings).top_k);
    if (rows.length > 0) terminal.say(tuningText(rows, effectiveSettings(project.config.retrieval, settings)));
    return exit;
  } catch (error) {
    if (stop.signal.aborted) return Exit.cancelled;
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    await held.lease.release();
  }
}

/** @param used passages that a prompt gets */
function sayQuality(terminal: Terminal, rows: readonly RetrievalQuality[], used: number): Exit {
  if (rows.length === 0) {
    terminal.warn(
      'No question of a benchmark has evidence that was found in the corpus: FinanceBench, SQuAD and your own questions with "document" do.',
    );
    return Exit.usage;
  }
  for (const row of rows) terminal.record(row);
  const cutoffs = Object.keys(rows[0]?.recall ?? {});
  terminal.table([
    ['benchmark', 'n', 'chunk', 'mode', ...cutoffs.map((k) => `recall@${k}`), 'MRR'],
    ...rows.map((row) => [
      row.benchmark,
      measuredQuestions(row),
      `${row.settings.chunk_size} ${row.settings.chunk_unit}`,
      row.settings.mode,
      ...cutoffs.map((k) => share(row.recall[k])),
      mrrText(row),
    ]),
  ]);
  terminal.say(
    `n: questions whose evidence was found in the corpus. recall@k: share of it among the first k passages (a prompt gets ${used}); MRR: mean of 1 / rank of the first. In brackets 95 % over documents (bootstrap).`,
  );
  return Exit.done;
}

function share(recall: RetrievalQuality['recall'][string] | undefined): string {
  if (!recall) return '–';
  const percent = (value: number) => (100 * value).toFixed(0);
  return `${percent(recall.value)} %${recall.ci95 ? ` (${percent(recall.ci95[0])}–${percent(recall.ci95[1])})` : ' (no interval)'}`;
}

/** `--chunk-size`, `--embedder`, `--mode`, `--limit` … over `retrieval` of smt.yaml. */
function settingsOf(values: Values): RetrievalOverride {
  const parsed = RetrievalOverride.safeParse({
    chunk_unit: values['chunk-unit'],
    chunk_size: values['chunk-size'] === undefined ? undefined : wholeNumber('--chunk-size', values['chunk-size'], 32),
    mode: values.mode,
    top_k: values.limit === undefined ? undefined : wholeNumber('--limit', values.limit, 1),
    embedder: values.embedder === undefined ? undefined : { endpoint: values.embedder },
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${String(issue?.path[0] ?? '').replace('_', '-')}: ${issue?.message ?? 'not allowed'}`);
}

/** Consent before texts leave this machine and before the built-in embedder is downloaded; without it, full text alone. */
async function agreeToEmbedder(
  terminal: Terminal,
  project: Project,
  asked: RetrievalOverride,
  values: Values,
): Promise<Pick<RetrievalOverride, 'embedder'>> {
  await agreeToOrigins(project, asked, values);
  const { embedder } = effectiveSettings(project.config.retrieval, asked);
  if (embedder.endpoint !== 'builtin') return {};
  const state = await builtinEmbedderState();
  if (state.installed) return {};
  terminal.say(state.message);
  if (state.python !== null && (values.yes || (await ask('Download now?')))) return {};
  terminal.warn('Building the full-text index alone. "smt index --yes" downloads the embedder and adds vectors.');
  return { embedder: { ...embedder, endpoint: 'none' } };
}

async function agreeToOrigins(project: Project, asked: RetrievalOverride, values: Values): Promise<void> {
  const { embedder, reranker } = effectiveSettings(project.config.retrieval, asked);
  const { registry } = await loadRegistry();
  for (const [id, what] of [
    [embedder.endpoint, 'the text of all chunks'],
    [reranker.endpoint, 'questions and found passages'],
  ] as const) {
    const entry = Object.hasOwn(registry.endpoints, id) ? registry.endpoints[id] : undefined;
    if (!entry || isLoopback(entry.base_url) || hasConsent(registry, originOf(entry.base_url))) continue;
    const origin = originOf(entry.base_url);
    const named = (values['send-to'] ?? []).some((each) => sameOrigin(each, origin));
    if (!named && !(await ask(`Send ${what} to ${origin}?`))) {
      throw new UsageError(`Nothing was sent. To agree without being asked: --send-to ${origin}`);
    }
    await recordConsent(origin);
  }
}
