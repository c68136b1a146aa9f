import type { MixParams } from '../../contract/dataset.ts';
import type { MixturePlan } from '../../contract/datasetRpc.ts';
import type { SampleCounts } from '../../contract/samplesView.ts';
import type { Project } from '../project/index.ts';
import { possibleTokens, replayTokens, shortfall, syntheticBudget } from './budgets.ts';
import { activeReplay } from './mixture.ts';
import { methodKinds, partsOf } from './parts.ts';
import { openSource, otherProject } from './sampleSource.ts';
import { withRequests } from './topUp.ts';

/**
 * What a mixture would be made of and what it lacks, before anything is tokenised: from the token counts that samples
 * carry since they were made. A statement for people; the job itself counts every row.
 *
 * @param state `counts` of the project's accepted samples that are not stale; `stale`: accepted ones that are
 */
export async function planMixture(
  project: Project,
  params: Pick<MixParams, 'tokens' | 'methods'>,
  { counts, stale, toy }: { counts: SampleCounts; stale: number; toy: boolean },
  signal?: AbortSignal,
): Promise<MixturePlan> {
  const { mixture: settings } = project.config;
  const parts = partsOf(settings, project.root, params.methods);
  const kinds = methodKinds();
  const taken = new Set<string>();
  const projects: Project[] = [];
  const accepted: Map<string, number>[] = [];
  const samples: number[] = [];
  for (const part of parts) {
    const of = part.project === undefined ? project : await otherProject(part.project);
    const { methods } = part.project === undefined ? counts : await countsOf(of, signal);
    projects.push(of);
    const own = methods.filter(({ method }) => {
      const fits =
        (kinds.get(method) ?? part.kind) === part.kind && (part.methods.length === 0 || part.methods.includes(method));
      const key = `${of.root}\t${method}`;
      // A method that several parts would take belongs to the first.
      if (!fits || taken.has(key)) return false;
      taken.add(key);
      return true;
    });
    // One more token a sample: the end of the text.
    accepted.push(new Map(own.map(({ method, tokens, accepted: rows }) => [method, tokens + rows])));
    samples.push(own.reduce((sum, { accepted: rows }) => sum + rows, 0));
  }
  const available = accepted.map((part) =>
    Math.floor([...part.values()].reduce((sum, tokens) => sum + tokens, 0) * (1 - settings.held_out)),
  );
  const replay = activeReplay(settings);
  const possible = possibleTokens(parts, available);
  const asked = params.tokens ?? settings.tokens;
  const synthetic = asked === undefined ? possible : Math.floor(syntheticBudget(asked, replay));
  const lacking = asked === undefined ? undefined : shortfall(parts, available, synthetic);
  return {
    asked_tokens: asked ?? null,
    possible_tokens: possible,
    replay_tokens: replay ? Math.round(replayTokens(Math.min(synthetic, possible), replay.share)) : 0,
    parts: parts.map(({ label, kind, share }, index) => ({
      ...{ label, kind, share },
      available_tokens: available[index] ?? 0,
      available_samples: samples[index] ?? 0,
    })),
    shortfall: lacking ? await withRequests(lacking, parts, accepted, projects) : null,
    student: project.config.student.model,
    toy,
    notes: [
      "Token counts are those of the samples when they were made; the job counts every row in the student's tokens.",
      ...(stale > 0 ? [`${stale} stale samples (their document changed) are left out.`] : []),
    ],
  };
}

/** Rows have more tokens than their samples: what begins a text and joins its parts (3 % on the sample corpus). */
const ROW_MARGIN = 1.1;

/**
 * Tokens of a training set that is not mixed yet: of a budget what the mixture will have, replay counted; without one an
 * upper bound, what all accepted samples allow, as they were counted when they were made, with a margin for the rows.
 * @param budget null: none, all samples
 * @throws JobProblem where the samples cannot be read
 */
export async function tokensBeforeMixing(
  project: Project,
  methods: readonly string[],
  budget: number | null,
  signal?: AbortSignal,
): Promise<number> {
  const { mixture } = project.config;
  const replay = activeReplay(mixture);
  const withReplay = (synthetic: number) =>
    Math.round(synthetic + (replay ? replayTokens(synthetic, replay.share) : 0));
  const asked = budget ?? mixture.tokens;
  if (asked !== undefined) return withReplay(syntheticBudget(asked, replay));
  const counts = await countsOf(project, signal);
  const plan = await planMixture(project, { methods: [...methods] }, { counts, stale: 0, toy: false }, signal);
  return withReplay(plan.possible_tokens * ROW_MARGIN);
}

async function countsOf(project: Project, signal: AbortSignal | undefined): Promise<SampleCounts> {
  const source = await openSource(project, signal);
  try {
    return await source.reader.counts({ state: 'accepted', stale: false });
  } finally {
    await source.close();
  }
}
