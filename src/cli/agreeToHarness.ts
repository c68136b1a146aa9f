import type { JobSpec } from '../contract/events.ts';
import { harnessNotes, harnessOf, loadBenchmarks, selectEvaluation } from '../engine/eval/index.ts';
import { readGround } from '../engine/experiment/index.ts';
import type { Project } from '../engine/project/index.ts';
import { ask } from './agree.ts';
import type { Arguments } from './arguments.ts';
import { printable, type Terminal, UsageError } from './terminal.ts';

/** Task files of the project may bring code along: a person agrees before it is run. */
export async function agreeToHarness(
  terminal: Terminal,
  project: Project,
  asked: Parameters<typeof harnessOf>[1],
  values: Arguments['values'],
): Promise<void> {
  const guarded = await harnessOf(project, asked);
  if (!guarded.ok) throw new UsageError(guarded.message);
  const { harness } = guarded;
  if (!harness) return;
  for (const note of harnessNotes(project, harness)) terminal.say(printable(note));
  if (harness.include === undefined || values.yes) return;
  if (!(await ask('Run that code?'))) throw new UsageError('Nothing was started. To agree without being asked: --yes');
}

/** Before a run goes on: smt.yaml and its task files may be others than those that were agreed to when it was started. */
export async function agreeToHarnessAgain(
  terminal: Terminal,
  project: Project,
  spec: JobSpec,
  values: Arguments['values'],
): Promise<void> {
  if (project.config.evaluation.general.lm_eval === undefined) return;
  if (spec.kind === 'experiment') return agreeToHarness(terminal, project, await readGround(project), values);
  if (spec.kind !== 'evaluate' || spec.params.draft || spec.params.validate) return;
  const selected = selectEvaluation(project, await loadBenchmarks(project), spec.params);
  // What is wrong with it, the run itself says.
  if (selected.ok) await agreeToHarness(terminal, project, selected.selection, values);
}
