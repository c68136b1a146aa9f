import { isAbsolute, relative, resolve, sep } from 'node:path';
import {
  type OpenedCorpus,
  openCorpus,
  openTokenCounter,
  type ScanProgress,
  type TokenCounter,
  type TokenizerSearch,
} from '../corpus/index.ts';
import { userCacheFolder } from '../llm/builtin/index.ts';
import type { Project } from '../project/index.ts';

/** Where the counter of the student's tokens looks for its vocabulary. */
export function tokenizerSearch({ config, root }: Project): TokenizerSearch {
  return { student: config.student, root, cacheDir: userCacheFolder() };
}

/** The corpus as `smt.yaml` describes it, with the counter of the student's tokens. Close the counter when done. */
export async function openProjectCorpus(
  project: Project,
  options: { signal?: AbortSignal | undefined; onProgress?: (progress: ScanProgress) => void } = {},
): Promise<{ corpus: OpenedCorpus; counter: TokenCounter }> {
  const { config, paths } = project;
  const counter = await openTokenCounter(tokenizerSearch(project));
  try {
    const corpus = await openCorpus({
      paths,
      config: withoutReplay(project),
      windowTokens: config.generator.window_tokens,
      windowOverlapTokens: Math.min(config.generator.window_overlap_tokens, config.generator.window_tokens >> 1),
      counter,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    return { corpus: withoutBenchmarkFiles(corpus, project), counter };
  } catch (error) {
    await counter.close();
    throw error;
  }
}

/**
 * A file of questions that `evaluation.benchmarks` names and that lies among the documents is no document that failed. One that
 * has documents in it too (QuALITY) is read as both.
 */
function withoutBenchmarkFiles(corpus: OpenedCorpus, { config, root }: Project): OpenedCorpus {
  const named = new Set(config.evaluation.benchmarks.map(({ path }) => relative(root, resolve(root, path))));
  const unreadable = corpus.unreadable.filter(({ path, reason }) => !(reason === 'unsupported' && named.has(path)));
  return { ...corpus, unreadable };
}

/** General text that is mixed in as replay is no document to learn, also where it lies among them. */
function withoutReplay({ config, root }: Project): Project['config']['corpus'] {
  const { source } = config.mixture.replay;
  if (source === undefined) return config.corpus;
  const inside = relative(root, resolve(root, source)).split(sep).join('/');
  if (inside === '' || inside.startsWith('../') || isAbsolute(inside)) return config.corpus;
  const literal = inside.replace(/[\\*?[\]{}()!+@]/g, '\\$&');
  return { ...config.corpus, exclude: [...config.corpus.exclude, literal, `${literal}/**`] };
}
