import { contentHash } from '../contentHash.ts';
import { projectBenchmarkQuestions } from '../eval/benchmarkQuestions.ts';
import type { Project } from '../project/index.ts';
import { readCoverage } from '../samples/coverage.ts';
import { type BenchmarkQuestion, PARSER_VERSION } from '../synth/index.ts';

/** What samples are made and judged with, beside the log: the parsers, and the questions of the evaluation gate. */
export function derivationBasis(questions: readonly Pick<BenchmarkQuestion, 'question'>[]): string {
  return contentHash(JSON.stringify([PARSER_VERSION, questions.map(({ question }) => question).sort()]));
}

/**
 * Was the table made and judged with something else than would be used now? Then a sample may still count as accepted
 * that repeats a new evaluation question, until a job makes the samples again. A table of unknown basis is not accused.
 */
export async function tableOutdated({
  paths,
  root,
  config,
}: Pick<Project, 'paths' | 'root' | 'config'>): Promise<boolean> {
  const coverage = await readCoverage(paths.lance);
  if (!coverage || coverage.basis === '') return false;
  const { questions } = await projectBenchmarkQuestions({ root, config });
  return coverage.basis !== derivationBasis(questions);
}
