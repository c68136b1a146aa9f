import { z } from 'zod';
import { EndpointId } from './endpoints.ts';

/**
 * A model that answers: an endpoint of the user's registry, the student's own weights before training, or a
 * checkpoint of a training run. The worker answers for the last two, here or on the target that holds them.
 */
export const ModelRef = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('endpoint'), endpoint: EndpointId, model: z.string().min(1).optional() }),
  z.object({ kind: z.literal('base') }),
  z.object({
    kind: z.literal('checkpoint'),
    run: z.string().regex(/^[a-z0-9-]{1,40}$/),
    /** Left out: the finished model of the run. */
    step: z.number().int().nonnegative().optional(),
  }),
]);
export type ModelRef = z.infer<typeof ModelRef>;

/** How people write a model: `base`, `RUN`, `RUN@STEP`, `endpoint:ID` or `endpoint:ID/MODEL`. */
export const ModelName = z
  .string()
  .regex(/^(base|endpoint:[a-z0-9][a-z0-9_-]{0,39}(\/.+)?|[a-z0-9-]{1,40}(@\d+)?)$/, {
    message: '"base", a training run id (RUN or RUN@STEP), or "endpoint:ID" (optionally "endpoint:ID/MODEL")',
  })
  .describe('`base` (the student before training), a training run (RUN or RUN@STEP), or endpoint:ID[/MODEL].');

/** Parses what `ModelName` allows. */
export function modelRef(name: string): ModelRef {
  const text = ModelName.parse(name);
  if (text === 'base') return { kind: 'base' };
  if (text.startsWith('endpoint:')) {
    const [endpoint = '', ...rest] = text.slice('endpoint:'.length).split('/');
    return rest.length > 0 ? { kind: 'endpoint', endpoint, model: rest.join('/') } : { kind: 'endpoint', endpoint };
  }
  const [run = '', step] = text.split('@');
  return step === undefined ? { kind: 'checkpoint', run } : { kind: 'checkpoint', run, step: Number(step) };
}
