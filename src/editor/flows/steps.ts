import type { StepTitle } from '../platform/dialogs.ts';

/** Where a sequence goes after a step: `skip` is a step that asks nothing here, `again` asks the same once more. */
export type StepEnd = 'next' | 'skip' | 'again' | 'back' | 'dismissed';
export type Step = (position: Pick<StepTitle, 'step' | 'back'>) => Promise<StepEnd>;

/**
 * Walks the steps of a multi-step pick with step numbers and Back. A skipped step is skipped backwards too, and a
 * dismissed one ends it. Returns true when the last step was answered. Pure but for the steps.
 */
export async function walkSteps(steps: readonly Step[]): Promise<boolean> {
  const visited: number[] = [];
  let at = 0;
  while (at < steps.length) {
    const step = steps[at];
    if (!step) return false;
    const end = await step({ step: { at: at + 1, of: steps.length }, back: visited.length > 0 });
    switch (end) {
      case 'next':
        visited.push(at);
        at++;
        break;
      case 'skip':
        at++;
        break;
      case 'again':
        break;
      case 'back':
        at = visited.pop() ?? 0;
        break;
      case 'dismissed':
        return false;
    }
  }
  return true;
}
