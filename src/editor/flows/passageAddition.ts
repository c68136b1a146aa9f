import type { PlanAddition } from '../../contract/addition.ts';
import type { TaughtBy } from '../../contract/results.ts';

/**
 * The wish for focal rewrites of the passage that holds an answer. Its only input is the passage: the evaluation question
 * has no way into it, so it has none into a prompt (recipe §3, "never feed evaluation questions to any generator"). The
 * rewrites' own questions are drawn from the passage as for any right-clicked selection.
 * @returns undefined where no passage is known
 */
export function passageAddition(
  { basis, passage }: Pick<TaughtBy, 'basis' | 'passage'>,
  count: number,
): Omit<PlanAddition, 'v' | 'id' | 'at'> | undefined {
  if (!passage) return undefined;
  const { document, start, end } = passage;
  return {
    document,
    method: 'focal_rewriting',
    count,
    // Without evidence the whole document is the passage.
    ...(basis === 'passage' ? { range: { start, end } } : {}),
  };
}
