import { join, resolve } from 'node:path';
import { DatasetServer } from '../contract/datasetRpc.ts';
import { failure, signalOf } from '../contract/rpcConnection.ts';
import { describeGenerator } from '../engine/generate/index.ts';
import { hasEnded, listJobs, readSpec, runDirectory } from '../engine/jobs/index.ts';
import { loadRegistry } from '../engine/llm/index.ts';
import {
  ChangedSamples,
  ExportProblem,
  exportDataset,
  lengthHistogram,
  listDatasets,
  openStudent,
  planMixture,
  RowReader,
  readDataset,
  removeDataset,
} from '../engine/mix/index.ts';
import type { Project } from '../engine/project/index.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';
import { startJob } from './startJob.ts';

/** datasets/* and jobs/mix: what is mixed, what could be, and training sets for other trainers. */
export function answerDatasets(session: Session): void {
  const revisions = new Map<string, { state: string; revision: number }>();
  const readers = new Map<string, RowReader>();
  session.answer(DatasetServer.list, async ({ project }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const found = await listDatasets(opened.paths.datasets);
    const datasets = found.flatMap((each) => (each.ok ? [each.manifest] : []));
    const problems = found.flatMap((each) => (each.ok ? [] : [{ name: each.name, message: each.message }]));
    const state = JSON.stringify([datasets.map(({ name, hash, created }) => [name, hash, created]), problems]);
    const known = revisions.get(project);
    const revision = known ? known.revision + (known.state === state ? 0 : 1) : 1;
    revisions.set(project, { state, revision });
    return { revision, datasets, problems };
  });
  session.answer(DatasetServer.plan, async ({ project, params }, token) => {
    const opened = session.open(project);
    const loaded = await opened.project();
    const reader = await opened.reader();
    await opened.corpus(); // stale samples are known by their documents
    const [counts, stale, { registry }] = await Promise.all([
      reader.counts({ state: 'accepted', stale: false }),
      reader.counts({ state: 'accepted', stale: true }),
      loadRegistry(),
    ]);
    const { toy } = describeGenerator(loaded, registry);
    return planMixture(loaded, params, { counts, stale: stale.total, toy }, signalOf(token));
  });
  session.answer(DatasetServer.rows, async ({ project, name, split, offset, limit }) => {
    const opened = session.open(project);
    const manifest = await manifestOf(opened, name);
    const student = await studentOf(await opened.project());
    if (student.tokenizer.sha256 !== manifest.tokenizer.sha256)
      throw failure(
        'tokenizer',
        `${name} was made with another tokenizer than ${student.tokenizer.name} has now: its rows cannot be decoded.`,
        'Set student.tokenizer in smt.yaml to the one it was made with, or build the training set again.',
      );
    const reader = readers.get(project) ?? new RowReader(opened.paths.datasets);
    readers.set(project, reader);
    const rows = await reader.page(manifest, split, { offset, limit }, student.tokenizer.path);
    return { name, hash: manifest.hash, split, total: manifest[split].rows, offset, rows };
  });
  session.answer(DatasetServer.lengths, async ({ project, name }) => {
    const opened = session.open(project);
    await manifestOf(opened, name);
    return { lengths: await lengthHistogram(join(opened.paths.datasets, name)) };
  });
  session.answerTrusted(DatasetServer.mix, ({ project, params, title }) =>
    startJob(session, project, { kind: 'mix', title: title ?? `Build training set ${params.name}`, params }, {}),
  );
  session.answerTrusted(DatasetServer.export, async ({ project, name, format, to }, token) => {
    const opened = session.open(project);
    const loaded = await opened.project();
    const manifest = await manifestOf(opened, name);
    const student = await studentOf(loaded);
    try {
      const signal = signalOf(token);
      const { folder, files, rows } = await exportDataset(loaded, manifest, student, format, resolve(to), signal);
      return { folder, files, rows };
    } catch (error) {
      if (error instanceof ExportProblem) throw failure('export', error.message);
      if (error instanceof ChangedSamples) throw failure('changed', error.message);
      throw error;
    }
  });
  session.answerTrusted(DatasetServer.remove, async ({ project, name }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const run = await usedBy(opened, name);
    if (run !== undefined)
      throw failure('in_use', `Training run ${run} uses ${name}.`, 'Stop it first, or wait until it ends.');
    await removeDataset(opened.paths.datasets, name);
  });
}

async function manifestOf(opened: OpenedProject, name: string) {
  await opened.refuseLinks();
  const found = await readDataset(opened.paths.datasets, name);
  if (!found.ok) throw failure('unknown_dataset', found.message);
  return found.manifest;
}

async function studentOf(project: Project) {
  const found = await openStudent(project);
  if (!found.ok) throw failure('tokenizer', found.message);
  return found.student;
}

/** A run that trains on the set and has not ended. */
async function usedBy({ paths, backend }: OpenedProject, name: string): Promise<string | undefined> {
  for (const job of await listJobs(paths.runs, backend)) {
    if (job.kind !== 'train' || hasEnded(job)) continue;
    const spec = await readSpec(runDirectory(paths.runs, job.run)).catch(() => undefined);
    if (spec?.kind === 'train' && spec.params.dataset === name) return job.run;
  }
  return undefined;
}
