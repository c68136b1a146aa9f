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
      config: config.corpus,
      windowTokens: config.generator.window_tokens,
      windowOverlapTokens: Math.min(config.generator.window_overlap_tokens, config.generator.window_tokens >> 1),
      counter,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    return { corpus, counter };
  } catch (error) {
    await counter.close();
    throw error;
  }
}
