import axe from 'axe-core';
import type { Frame } from 'playwright-core';
import { z } from 'zod';

const AxeResult = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullish(),
      help: z.string(),
      nodes: z.array(z.object({ html: z.string() })),
    }),
  ),
});

/**
 * What axe finds wrong in a webview's document, one line each with the first element; `[]` when nothing.
 * Evaluated, not added as a script tag: the webview's CSP would block that.
 */
export async function accessibilityProblems(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe.source);
  const { violations } = AxeResult.parse(await frame.evaluate('axe.run()'));
  return violations.map(({ id, impact, help, nodes }) => `${id} (${impact}): ${help}: ${nodes[0]?.html.slice(0, 160)}`);
}
