import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { documentInputs } from '../../../src/engine/synth/documentInputs.ts';
import { Deriver, LeakGate } from '../../../src/engine/synth/index.ts';
import { parseDocumentText } from '../../../src/engine/synth/parse/documentText.ts';
import type { Method } from '../../../src/engine/synth/types.ts';
import { completionOf, configured, corpusOf, drive, openPlan, standardPrompts, temporaryFolder } from './project.ts';

const prompt = `---
source: our reconstruction
max_tokens: 1024
---
{{ document }}

Rewrite this {{ style }}.`;

// A WRAP-like method: what a contributor writes.
const wrap: Method<{ styles: string[] }> = {
  id: 'wrap',
  label: 'WRAP',
  kind: 'document',
  description: 'The document in other styles.',
  options: z.strictObject({ styles: z.array(z.string()).default(['for a child', 'as a dialogue']) }),
  prompts: { wrap: prompt },
  stages: [
    {
      id: 'rewrite',
      count: (size, { styles }) => size.windows * styles.length,
      *plan({ document, options: { styles } }) {
        for (const { index: window } of document.windows)
          for (const style of styles)
            yield {
              stage: 'rewrite',
              template: 'wrap',
              window,
              replica: 0,
              inputs: { ...documentInputs(document, window), style },
            };
      },
      parse: (content) => parseDocumentText(content),
    },
  ],
};

describe('a new method', () => {
  it('is twenty lines and a prompt: planned, counted, parsed and placed like all others', async () => {
    const folder = await temporaryFolder();
    const methods = configured({}, [wrap]);
    const { plan, log } = await openPlan({
      folder,
      corpus: corpusOf(2, 6, 2),
      methods,
      prompts: standardPrompts([wrap]),
    });
    expect(plan.counts().methods.get('wrap')).toMatchObject({ planned: 8, pending: 8 });
    const deriver = new Deriver({
      gate: new LeakGate([]),
      tokens: { count: (text) => text.split(' ').length },
      toy: false,
      log,
      requestsOf: (id) => plan.requestsOf(id),
    });
    const answered = await drive(plan, log);
    expect(answered).toHaveLength(8);
    const [first] = answered;
    if (first === undefined) throw new Error('nothing was answered');
    const text = 'Once upon a time there was a harbour with five piers.';
    const { samples } = await deriver.derive(first.request, completionOf(first.request, text));
    expect(samples).toMatchObject([
      {
        kind: 'document',
        method: 'wrap',
        state: 'accepted',
        document: 'notes/harbour-0.md',
        window: 0,
        text,
        request: first.request.id,
      },
    ]);
    expect(samples[0]?.tokens).toBe(`Harbour of Quellin 0 ${text}`.split(' ').length - 1);
    await plan.close();
    await log.close();
  });
});
