import { z } from 'zod';
import { ExchangeChange } from '../../contract/conversation.ts';
import { JobStatus } from '../../contract/events.ts';
import { Pushed } from '../../contract/rpc.ts';
import { FetchMoved } from '../../contract/trainingRpc.ts';

const changed = { project: z.string(), revision: z.number().int() };
const Jobs = z.object({ ...changed, jobs: z.array(JobStatus) });
const Changed = z.object(changed);
const Exchanged = ExchangeChange.extend({ project: z.string() });
const Log = z.object({ level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string() });

/** What the engine says unasked. */
export type Pushes =
  | ({ kind: 'jobs' } & z.infer<typeof Jobs>)
  | ({ kind: 'samples' | 'corpus' } & z.infer<typeof Changed>)
  | ({ kind: 'exchange' } & z.infer<typeof Exchanged>)
  | ({ kind: 'fetch' } & FetchMoved);
type Log = { kind: 'log' } & z.infer<typeof Log>;

/** A notification's parameters parsed on arrival; undefined when they are not what was agreed. */
export function parsePush(method: string, params: unknown): Pushes | Log | undefined {
  switch (method) {
    case Pushed.jobsChanged.method: {
      const { data } = Jobs.safeParse(params);
      return data && { kind: 'jobs', ...data };
    }
    case Pushed.samplesChanged.method: {
      const { data } = Changed.safeParse(params);
      return data && { kind: 'samples', ...data };
    }
    case Pushed.corpusChanged.method: {
      const { data } = Changed.safeParse(params);
      return data && { kind: 'corpus', ...data };
    }
    case Pushed.exchangeChanged.method: {
      const { data } = Exchanged.safeParse(params);
      return data && { kind: 'exchange', ...data };
    }
    case Pushed.fetchMoved.method: {
      const { data } = FetchMoved.safeParse(params);
      return data && { kind: 'fetch', ...data };
    }
    case Pushed.log.method: {
      const { data } = Log.safeParse(params);
      return data && { kind: 'log', ...data };
    }
    default:
      return undefined;
  }
}
