import { z } from 'zod';
import { saidBy } from '../dedupe/normalise.ts';
import { documentInputs } from '../documentInputs.ts';
import { parseQuestions } from '../parse/questions.ts';
import qa from '../prompts/qa.md';
import type { Draft, Method, Parsed } from '../types.ts';
import { evidence } from './evidence.ts';
import { REGION_TOKENS, regionLabel, regionsOf, spreadOrder } from './regions.ts';

export const QaOptions = z.strictObject({
  questions_per_call: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(5)
    .describe('Questions asked for in one request [reconstruction].'),
  calls_per_part: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(2)
    .describe(
      'Requests for each part of a document (about 600 tokens), each for another kind of question. The paper spends half of its synthetic tokens on questions, up to 350M tokens on 265 documents; watch the duplicate rate [reconstruction].',
    ),
});
export type QaOptions = z.infer<typeof QaOptions>;

/** What a question asks about: turned from call to call, so that questions differ in kind as well as in place [reconstruction]. */
const ANGLES = [
  'facts: who, what, where and when',
  'causes and consequences',
  'the order in which things happen or are described',
  'people and organisations, their motives, roles and relations',
  'numbers, amounts, dates and names',
  'comparisons and differences',
  'definitions, reasons and how something works',
  'details that are easily overlooked',
];

/** Open-ended questions, each with an explanation and a short answer (recipe §3.1). */
export const qaMethod: Method<QaOptions> = {
  id: 'qa',
  label: 'Synthetic QA',
  kind: 'qa',
  description: 'Open-ended questions with an explanation and a short answer, spread over the whole document.',
  options: QaOptions,
  prompts: { qa },
  stages: [
    {
      id: 'questions',
      keepsComplete: true,
      count: (size, options) =>
        size.windows * Math.max(1, Math.ceil(size.tokens / size.windows / REGION_TOKENS)) * options.calls_per_part,
      *plan({ document, options, passage }) {
        const windows = document.windows.map((window) => {
          const regions = passage === undefined ? regionsOf(window) : [passage];
          const labels = regions.map(({ start, end }) =>
            regionLabel(window.text.slice(start - window.start, end - window.start)),
          );
          const order = spreadOrder(regions.length);
          return { window, regions, labels, order, inputs: documentInputs(document, window.index) };
        });
        // Window by window, a region each in turn: any first part of the plan is spread over the whole document.
        const most = Math.max(...windows.map(({ regions }) => regions.length));
        for (let call = 0; call < most * options.calls_per_part; call++) {
          for (const { window, regions, labels, order, inputs } of windows) {
            const round = Math.floor(call / regions.length);
            if (round >= options.calls_per_part) continue;
            const at = order[call % regions.length] ?? 0;
            const region = regions[at] ?? window;
            // Every pair of region and angle once, then replicas; neighbours in the visit have different angles.
            const angle = ((call % regions.length) + round) % ANGLES.length;
            const replica = Math.floor(round / ANGLES.length);
            yield {
              stage: 'questions',
              template: 'qa',
              window: window.index,
              replica,
              source: { start: region.start, end: region.end },
              inputs: {
                ...inputs,
                count: String(options.questions_per_call),
                angle: ANGLES[angle] ?? '',
                region: labels[at] ?? '',
              },
            } satisfies Draft;
          }
        }
      },
      parse: (content, draft, { document, truncated }) =>
        parseQuestions(content, { truncated }).map((parsed): Parsed => {
          const window = document.windows.find((each) => each.index === draft.window);
          if (parsed.kind !== 'qa' || window === undefined || draft.source === undefined) return parsed;
          return { ...parsed, source: evidence(window, draft.source, saidBy(parsed)) };
        }),
    },
  ],
};
