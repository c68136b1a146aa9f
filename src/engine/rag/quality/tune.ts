import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { RetrievalOverride, RetrievalQuality, RetrievalSettings } from '../../../contract/retrieval.ts';
import type { OpenedCorpus } from '../../corpus/index.ts';
import { evaluatedQuestions, loadBenchmarks } from '../../eval/benchmarks/loadBenchmarks.ts';
import { splitQuestions } from '../../eval/benchmarks/split.ts';
import { openProjectCorpus } from '../../generate/projectCorpus.ts';
import { formatProblem, type Project } from '../../project/index.ts';
import { type BuildProgress, buildIndex } from '../buildIndex.ts';
import { openRetriever } from '../openRetriever.ts';
import { RetrievalProblem } from '../problem.ts';
import { effectiveSettings } from '../settings.ts';
import { CUTOFFS, measureQuality } from './measure.ts';
import { writeTuning } from './tuning.ts';

export interface QualityOptions {
  settings?: RetrievalOverride;
  keys: Readonly<Record<string, string>>;
  /** `dev`: only the first 20 % of title-sorted documents, whatever the project evaluates on. */
  split: 'configured' | 'dev';
  /** Ids of benchmarks; left out: all with known evidence. */
  benchmarks?: readonly string[];
  signal?: AbortSignal;
}

/**
 * Recall and MRR of these settings on every benchmark whose evidence is known.
 * @throws RetrievalProblem; a benchmark file with problems is one, since its questions would silently be missing
 */
export async function projectQuality(project: Project, options: QualityOptions): Promise<RetrievalQuality[]> {
  const { corpus, counter } = await openProjectCorpus(project, options.signal ? { signal: options.signal } : {});
  await counter.close();
  return qualityOn(project, corpus, await questionsToMeasure(project, corpus, options), options);
}

/** @throws RetrievalProblem */
async function qualityOn(
  project: Project,
  corpus: OpenedCorpus,
  asked: readonly AskedBenchmark[],
  { keys, signal, settings: over }: Pick<QualityOptions, 'keys' | 'signal' | 'settings'>,
): Promise<RetrievalQuality[]> {
  const { top_k: used } = effectiveSettings(project.config.retrieval, over);
  const depth = Math.max(...CUTOFFS, used);
  const settings = { ...over, top_k: depth };
  const retriever = await openRetriever(project, { settings, keys, corpus, ...(signal ? { signal } : {}) });
  try {
    const measured: RetrievalQuality[] = [];
    for (const { benchmark, questions } of asked) {
      const quality = await measureQuality({
        benchmark,
        questions,
        retriever,
        used,
        settings: { ...effectiveSettings(project.config.retrieval, settings), mode: retriever.mode },
      });
      if (quality) measured.push(quality);
    }
    return measured;
  } finally {
    await retriever.close();
  }
}

interface AskedBenchmark {
  benchmark: string;
  questions: EvaluatedQuestion[];
}

async function questionsToMeasure(
  project: Project,
  corpus: OpenedCorpus,
  { split, benchmarks, signal }: Pick<QualityOptions, 'split' | 'benchmarks' | 'signal'>,
): Promise<AskedBenchmark[]> {
  const found: AskedBenchmark[] = [];
  for (const benchmark of await loadBenchmarks(ofSplit(project, split), signal)) {
    if (benchmarks && !benchmarks.includes(benchmark.id)) continue;
    const [problem] = benchmark.problems;
    if (problem) throw new RetrievalProblem('settings', formatProblem(problem));
    const dev = split === 'dev' && benchmark.split !== 'dev';
    const questions = dev ? splitQuestions(benchmark.questions, 'dev') : benchmark.questions;
    found.push({ benchmark: benchmark.id, questions: await evaluatedQuestions({ ...benchmark, questions }, corpus) });
  }
  return found;
}

/** The benchmarks' own split would take the dev questions away before they are seen. */
function ofSplit(project: Project, split: QualityOptions['split']): Project {
  if (split === 'configured') return project;
  const { config } = project;
  const benchmarks = config.evaluation.benchmarks.map((source) => ({ ...source, split }));
  return { ...project, config: { ...config, evaluation: { ...config.evaluation, benchmarks } } };
}

export interface TuneOptions {
  keys: Readonly<Record<string, string>>;
  /** Default: 256, 512, 1,024 and what smt.yaml says, in its unit. */
  chunkSizes?: readonly number[];
  modes?: readonly RetrievalSettings['mode'][];
  /** Over smt.yaml, for all settings that are tried. */
  settings?: RetrievalOverride;
  /** Whether the built-in embedder may be downloaded. */
  setUp: boolean;
  signal?: AbortSignal;
  onProgress?: (size: number, progress: BuildProgress) => void;
  onMeasure?: (size: number) => void;
}

export const TUNED_SIZES = [256, 512, 1024] as const;

/**
 * Quality of every chunk size and mode on the dev split only, so that the test questions stay unseen; all cut-offs come
 * from one retrieval. Empty, and nothing built, where no dev question has evidence. Indexes that are missing are built (the caller holds the lease). The rows stay in `tuning.json`.
 */
export async function tuneRetrieval(project: Project, options: TuneOptions): Promise<RetrievalQuality[]> {
  const { keys, signal } = options;
  const base = effectiveSettings(project.config.retrieval, options.settings);
  const sizes = [...new Set(options.chunkSizes ?? [...TUNED_SIZES, base.chunk_size])].sort((a, b) => a - b);
  const modes = options.modes ?? (base.embedder.endpoint === 'none' ? ['text'] : ['text', 'vector', 'hybrid']);
  const given = signal ? { signal } : {};
  const rows: RetrievalQuality[] = [];
  // Hours of embedding are not to end in "nothing to measure".
  const { corpus, counter } = await openProjectCorpus(project, given);
  await counter.close();
  const measurable = await questionsToMeasure(project, corpus, { split: 'dev', ...given });
  if (!measurable.some(({ questions }) => questions.some(({ evidence }) => evidence?.length))) return rows;
  for (const chunk_size of sizes) {
    const settings = { ...options.settings, chunk_size, chunk_overlap: Math.min(base.chunk_overlap, chunk_size >> 1) };
    await buildIndex(project, {
      settings,
      keys,
      setUp: options.setUp,
      ...given,
      onProgress: (progress) => options.onProgress?.(chunk_size, progress),
    });
    options.onMeasure?.(chunk_size);
    for (const mode of modes) {
      rows.push(...(await qualityOn(project, corpus, measurable, { settings: { ...settings, mode }, keys, ...given })));
    }
  }
  if (rows.length > 0) await writeTuning(project, rows);
  return rows;
}
