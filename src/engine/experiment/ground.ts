import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetManifest } from '../../contract/dataset.ts';
import { loadBenchmarks } from '../eval/benchmarks/loadBenchmarks.ts';
import { readReport } from '../eval/report/index.ts';
import { settingsOf } from '../eval/run/selection.ts';
import { listRunDirectories, readSpec, readStatusFile } from '../jobs/index.ts';
import { formatProblems, type Project } from '../project/index.ts';
import type { ExperimentGround } from './plan.ts';

/** What stands of the experiment on disk now: data sets by manifest, trainings by spec and state, answers by report. */
export async function readGround(project: Project): Promise<ExperimentGround> {
  const { config, paths } = project;
  const loaded = await loadBenchmarks(project);
  const benchmarks = loaded.filter(({ draft, questions }) => !draft && questions.length > 0);
  // The bundled general panel guards; it measures nothing of these documents.
  const own = benchmarks.some(({ format }) => format !== 'general');
  const { cells } = await readReport(paths, null);
  return {
    settings: config.experiment,
    training: config.training,
    evaluation: config.evaluation,
    benchmarks: (own ? benchmarks : []).map((benchmark) => ({
      id: benchmark.id,
      settings: settingsOf(benchmark, config.experiment.settings),
    })),
    problems: loaded.flatMap(({ problems }) => (problems.length > 0 ? [formatProblems(problems)] : [])),
    datasets: await manifests(paths.datasets),
    ...(await runsOf(paths.runs)),
    cells,
  };
}

/** Why nothing can be measured: a benchmark that cannot be read must not silently be left out of a plan. */
export function groundProblem({ problems, benchmarks }: ExperimentGround): string | undefined {
  if (problems.length > 0) return `A benchmark cannot be read:\n${problems.join('\n')}`;
  if (benchmarks.length > 0) return undefined;
  return 'There is no benchmark to measure with: put questions under benchmarks/, or name one in evaluation.benchmarks.';
}

async function manifests(folder: string): Promise<DatasetManifest[]> {
  const names = await readdir(folder).catch(() => []);
  const found: DatasetManifest[] = [];
  for (const name of names) {
    try {
      const parsed = DatasetManifest.safeParse(JSON.parse(await readFile(join(folder, name, 'manifest.json'), 'utf8')));
      if (parsed.success) found.push(parsed.data);
    } catch {
      // Half-written or foreign: the data set is mixed again.
    }
  }
  return found;
}

async function runsOf(runs: string): Promise<Pick<ExperimentGround, 'trainings' | 'evaluations'>> {
  const trainings: ExperimentGround['trainings'][number][] = [];
  const evaluations: ExperimentGround['evaluations'][number][] = [];
  for (const dir of await listRunDirectories(runs)) {
    const spec = await readSpec(dir).catch(() => undefined);
    if (spec?.kind !== 'train' && spec?.kind !== 'evaluate') continue;
    const status = await readStatusFile(dir);
    if (!status) continue;
    const { state } = status;
    if (spec.kind === 'evaluate') {
      evaluations.push({ params: spec.params, state });
      continue;
    }
    const { dataset_hash, settings } = spec.params;
    trainings.push({ run: basename(dir), dataset_hash, settings, state });
  }
  return { trainings, evaluations };
}
