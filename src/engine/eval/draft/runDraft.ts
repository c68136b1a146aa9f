import type { EvaluateParams } from '../../../contract/evaluation.ts';
import type { JobContext, JobEnd } from '../../jobs/index.ts';
import { badInput } from '../../jobs/index.ts';
import type { Project } from '../../project/index.ts';

/** Placeholder until the drafts land. */
export async function runDraft(
  _spec: { run: string },
  _draft: NonNullable<EvaluateParams['draft']>,
  _project: Project,
  _keys: Readonly<Record<string, string>>,
  _job: JobContext,
): Promise<JobEnd> {
  return badInput('Drafting a benchmark is not built yet.');
}
