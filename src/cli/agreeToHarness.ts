import { harnessNotes, harnessOf } from '../engine/eval/index.ts';
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
