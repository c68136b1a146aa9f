import type { Sample } from '../../contract/sample.ts';
import type { Corpus } from '../corpus/index.ts';
import { CompletionLog, type LogPosition, loadRegistry, RequestStore } from '../llm/index.ts';
import { loadProject, type Project } from '../project/index.ts';
import { describeGenerator } from './generator.ts';
import { openSynthesis } from './synthesis.ts';

/** A table further behind than this is brought up by the next job, not by every reader. */
const MOST_LINES = 5_000;

/**
 * Samples that the completion log has and the table has not yet: what was answered in the last moments, or before a
 * kill. Whole documents are derived, read-only. An empty list where nothing is newer or the project cannot be read, and
 * where the table is too far behind: `tooMany` is then told that it is by at least so many answers.
 *
 * @param position what the table covers; null: nothing
 */
export async function samplesBehind(
  root: string,
  position: LogPosition | null,
  sources: { corpus: Corpus; tokens: { count(text: string): number }; tooMany?: (answers: number) => void },
): Promise<readonly Sample[]> {
  const loaded = await loadProject(root);
  if (loaded.kind !== 'ready') return [];
  const { project } = loaded;
  const log = await CompletionLog.open(project.paths.completions);
  try {
    const behind = await newerRequests(log, position);
    if (behind.size > MOST_LINES) sources.tooMany?.(behind.size);
    if (behind.size === 0 || behind.size > MOST_LINES) return [];
    const requests = await RequestStore.open(project.paths.requests);
    try {
      return await derive(project, log, requests, behind, sources);
    } finally {
      await requests.close();
    }
  } finally {
    await log.close();
  }
}

async function newerRequests(log: CompletionLog, position: LogPosition | null): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { lines } of log.scan(position ?? {})) {
    for (const { custom_id } of lines) ids.add(custom_id);
    if (ids.size > MOST_LINES) break;
  }
  return ids;
}

async function derive(
  project: Project,
  log: CompletionLog,
  requests: RequestStore,
  behind: ReadonlySet<string>,
  { corpus, tokens }: { corpus: Corpus; tokens: { count(text: string): number } },
): Promise<Sample[]> {
  const lines = await Promise.all([...behind].map((id) => requests.request(id)));
  const [first] = lines.filter((line) => line !== undefined);
  if (!first) return [];
  const { registry } = await loadRegistry();
  const { profile, toy } = describeGenerator(project, registry);
  const opened = await openSynthesis({
    ...{ project, profile, toy, corpus, tokens, log, requests },
    model: first.model,
    rejectedQuestions: new Set(),
    plan: { writable: false },
  });
  if (!opened.ok) return [];
  const { plan, deriver } = opened.synthesis;
  try {
    const samples: Sample[] = [];
    for (const document of new Set(lines.map((line) => line?.document))) {
      if (document !== undefined) samples.push(...(await deriver.rederiveDocument(document)));
    }
    return samples;
  } finally {
    await plan.close();
  }
}
