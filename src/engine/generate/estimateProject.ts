import type { Estimate } from '../../contract/estimate.ts';
import type { GenerateParams } from '../../contract/events.ts';
import { listRunDirectories, readStatusFile } from '../jobs/index.ts';
import type { Project } from '../project/index.ts';
import { estimateGeneration } from './estimate.ts';
import { openProjectCorpus } from './projectCorpus.ts';

/** Runs looked at for the pace. */
const RECENT_RUNS = 20;

/** The estimate for a project as it stands on disk: corpus, log and recent runs are read, nothing is sent. */
export async function estimateProject(
  project: Project,
  params: GenerateParams,
  signal?: AbortSignal,
): Promise<Estimate> {
  const { corpus, counter } = await openProjectCorpus(project, { signal });
  try {
    const recent = (await listRunDirectories(project.paths.runs)).slice(0, RECENT_RUNS);
    const runs = (await Promise.all(recent.map(readStatusFile))).filter((status) => status !== undefined);
    return await estimateGeneration({ project, corpus, params, runs, signal });
  } finally {
    await counter.close();
  }
}
