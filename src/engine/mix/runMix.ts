import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetManifest } from '../../contract/dataset.ts';
import type { JobSpec } from '../../contract/events.ts';
import { projectBenchmarkQuestions } from '../eval/benchmarkQuestions.ts';
import { badInput, type JobContext, type JobEnd, type JobHooks, readStatusFile, runJob } from '../jobs/index.ts';
import { aloneInProject, formatProblems, mixing, type Project } from '../project/index.ts';
import { LeakGate } from '../synth/index.ts';
import { replayTokens } from './budgets.ts';
import { droppedTexts } from './datasetCard.ts';
import { budgetOf, largestBudget, type Mixture, openMixture, rowsOf } from './mixture.ts';
import { ReplayProblem } from './replayTexts.ts';
import { collectSoon } from './smallHeap.ts';
import { openStudent } from './student.ts';
import { shortfallText } from './topUp.ts';
import { writeDataset } from './writeDataset.ts';

export type MixSpec = Extract<JobSpec, { kind: 'mix' }>;

/** In the run directory where there were too few samples: a `MixtureShortfall`. */
export const SHORTFALL_FILE = 'shortfall.json';
/** In the run directory where it went well: names of the training sets written. */
export const DATASETS_FILE = 'datasets.json';

/**
 * The job that builds training sets: one, or a nested series. Writes `.smt/datasets/<name>/` and nothing else; with too
 * few samples nothing at all. Throws nothing: every end is a value, and the run directory tells the same.
 *
 * @param dir run directory with its `spec.json`
 */
export function runMix(dir: string, spec: MixSpec, hooks: JobHooks = {}): Promise<JobEnd> {
  return runJob(dir, 'mix', hooks, (context) =>
    aloneInProject(dir, spec, mixing, (project) => build(dir, spec, project, context)),
  );
}

async function build(
  dir: string,
  { params }: MixSpec,
  project: Project,
  { events, signal, hooks }: JobContext,
): Promise<JobEnd> {
  const tell = (phase: string, done: number, total: number | null) => {
    events.progress({ phase, done, total, unit: 'row', rate: null, etaSeconds: null });
    void readStatusFile(dir).then((status) => status && hooks.onStatus?.(status));
  };
  collectSoon();
  const found = await openStudent(project);
  if (!found.ok) return badInput(found.message);
  events.phase('load', 'preparing');
  const benchmarks = await projectBenchmarkQuestions(project, signal);
  // A question that the gate does not know could be trained on.
  if (benchmarks.problems.length > 0) return badInput(formatProblems(benchmarks.problems));
  const mixture = await openMixture(project, found.student, params, {
    gate: new LeakGate(benchmarks.questions),
    signal,
    onProgress: ({ phase, done }) => tell(phase, done, null),
  });
  try {
    const { left_out, rows } = mixture.gathered;
    events.log(
      'info',
      `${rows.length} accepted samples; ${mixture.fresh.texts} texts of ${mixture.fresh.tokens} tokens were tokenised now, in ${mixture.fresh.seconds.toFixed(1)} s.`,
    );
    const warn = (text: string) => {
      events.log('warn', text);
      hooks.onMessage?.('warn', text);
    };
    if (left_out.control_token > 0)
      warn(`${left_out.control_token} samples contain a control token of the student and were left out.`);
    if (left_out.leak > 0)
      warn(
        `${left_out.leak} samples tell an evaluation question and were left out. "smt generate" looks at this project's samples again and marks its own.`,
      );
    const empty = mixture.parts.filter((_, part) => !mixture.available[part]);
    if (empty.length > 0) return badInput(nothingOf(empty, mixture));
    const budgets = params.budgets.length > 0 ? [...new Set(params.budgets)].sort((a, b) => a - b) : [];
    const wanted = budgets.length > 0 ? budgets : [params.tokens ?? mixture.settings.tokens ?? largestBudget(mixture)];
    const largest = Math.max(...wanted);
    const lacking = await mixture.lacks(budgetOf(mixture, largest).asked);
    if (lacking) {
      await writeFile(join(dir, SHORTFALL_FILE), `${JSON.stringify(lacking)}\n`);
      return badInput(shortfallText(lacking).replace('smt mix NAME', `smt mix ${params.name}`));
    }
    const selections = wanted.map((tokens) => ({ tokens, selection: budgetOf(mixture, tokens) }));
    events.phase('replay', 'preparing');
    const replay = await mixture.replayFor(selections.map(({ selection }) => selection));
    if (replay) {
      const { share, source } = mixture.settings.replay;
      const needed = replayTokens(Math.max(...selections.map(({ selection }) => selection.tokens)), share);
      if (replay.tokens < Math.floor(needed) && needed - replay.tokens > replay.tokens / Math.max(1, replay.rows.size))
        return badInput(
          `Replay needs ${Math.round(needed)} tokens and ${source} has ${replay.tokens} (left out: ${droppedTexts(replay.dropped)}). Name a larger mixture.replay.source, or lower mixture.replay.share. Nothing is repeated to fill it up.`,
        );
    }
    await mixture.endTokenising();
    events.phase('write');
    const manifests: DatasetManifest[] = [];
    for (const { tokens, selection } of selections) {
      const name = budgets.length > 0 ? `${params.name}-${tokens}` : params.name;
      const manifest = await writeDataset(project, mixture, rowsOf(mixture, selection, replay), {
        ...{ name, tokens, budgets, signal },
        dropped: replay?.dropped,
        onProgress: (done, total) => tell('write', done, total),
      });
      manifests.push(manifest);
      events.log(
        'info',
        `${name}: ${manifest.train.tokens} tokens in ${manifest.train.rows} rows, hash ${manifest.hash}.`,
      );
    }
    await writeFile(join(dir, DATASETS_FILE), `${JSON.stringify(manifests.map(({ name }) => name))}\n`);
    return {
      kind: 'succeeded',
      message: manifests
        .map(
          ({ name, train }) =>
            `${name}: ${train.tokens.toLocaleString('en-US')} tokens in ${train.rows.toLocaleString('en-US')} rows`,
        )
        .join('; '),
    };
  } catch (error) {
    if (error instanceof ReplayProblem) return badInput(error.message);
    throw error;
  } finally {
    await mixture.close();
  }
}

function nothingOf(parts: Mixture['parts'], { gathered, parts: all }: Mixture): string {
  const { empty, control_token, leak } = gathered.left_out;
  const left = empty + control_token + leak;
  const methods = parts.flatMap((part) => part.methods);
  return [
    `There is no accepted sample of ${parts.map(({ label }) => label).join(' or ')}${left > 0 ? ` (${left} were left out: empty, with a control token of the student, or an evaluation question)` : ''}.`,
    `Generate some first: smt generate${methods.length > 0 ? ` --method ${methods.join(',')}` : ''}`,
    ...(parts.length < all.length ? ['Or take the part out of mixture.parts in smt.yaml.'] : []),
  ].join(' ');
}
