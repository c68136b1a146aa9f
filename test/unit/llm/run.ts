import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatBody } from '../../../src/contract/chat.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import { CompletionLog } from '../../../src/engine/llm/completionLog.ts';
import { runRequests } from '../../../src/engine/llm/dispatcher.ts';
import { RequestStore } from '../../../src/engine/llm/requestStore.ts';
import type { RunOptions } from '../../../src/engine/llm/runOptions.ts';
import type { RunState } from '../../../src/engine/llm/runState.ts';
import type {
  Outcome,
  PlannedRequest,
  RequestSource,
  ResolvedEndpoint,
  RunEnd,
} from '../../../src/engine/llm/types.ts';

/** A request as a planner would make it. */
export function planned(name: string, options: { affinity?: string; output?: number } = {}): PlannedRequest {
  const text = `The text of ${name}.`;
  const id = contentHash(name);
  return {
    id,
    affinity: options.affinity ?? name,
    method: 'qa',
    body: (): ChatBody => ({
      model: 'fake-model',
      messages: [{ role: 'user', content: `<document>${text} [[id:${name}]]</document>` }],
      max_tokens: 100,
    }),
    line: () => ({
      v: 1,
      id,
      method: 'qa',
      stage: 'qa',
      document: 'a.md',
      window: 0,
      replica: 0,
      template: contentHash('template'),
      inputs: { document: contentHash(text) },
      model: 'fake-model',
      params: { max_tokens: 100 },
    }),
    texts: () => [[contentHash(text), text]],
    reserve: { input: 50, output: options.output ?? 100 },
  };
}

/** A plan of named requests minus what the log holds. */
export class Plan implements RequestSource {
  readonly outcomes = new Map<string, Outcome>();
  readonly #requests: Iterator<PlannedRequest>;
  readonly #has: (id: string) => boolean;

  readonly #onSettled: (id: string) => void;

  constructor(
    requests: Iterable<PlannedRequest>,
    has: (id: string) => boolean,
    onSettled: (id: string) => void = () => {},
  ) {
    this.#onSettled = onSettled;
    this.#requests = requests[Symbol.iterator]();
    this.#has = has;
  }

  next(): PlannedRequest | 'end' {
    for (;;) {
      const { done, value } = this.#requests.next();
      if (done) return 'end';
      if (!this.#has(value.id)) return value;
    }
  }

  settle(request: PlannedRequest, outcome: Outcome): void {
    if (this.outcomes.has(request.id)) throw new Error(`${request.id} was settled twice`);
    this.outcomes.set(request.id, outcome);
    this.#onSettled(request.id);
  }

  count(kind: Outcome['kind']): number {
    return [...this.outcomes.values()].filter((outcome) => outcome.kind === kind).length;
  }
}

export function endpointAt(url: string, options: Partial<ResolvedEndpoint> = {}): ResolvedEndpoint {
  return {
    id: 'fake',
    baseUrl: url,
    origin: new URL(url).origin,
    model: 'fake-model',
    timeoutMs: 10_000,
    maxConcurrency: 64,
    local: true,
    ...options,
  };
}

export interface Played {
  end: RunEnd;
  plan: Plan;
  /** Distinct ids in the log, and lines of it. */
  logged: number;
  lines: number;
  states: RunState[];
  seconds: number;
}

/** Plays requests against endpoints with a real log in a folder of its own (or the one given). */
export async function play(
  requests: Iterable<PlannedRequest>,
  endpoints: ResolvedEndpoint[],
  options: Partial<RunOptions> & { folder?: string; onSettled?: (id: string) => void } = {},
): Promise<Played> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'smt-run-')));
  const store = await RequestStore.openForWriting(join(folder, 'requests'));
  const log = await CompletionLog.openForWriting(join(folder, 'completions'), { after: [store.writer] });
  const plan = new Plan(requests, (id) => log.has(id), options.onSettled);
  const states: RunState[] = [];
  const started = performance.now();
  try {
    const end = await runRequests({
      source: plan,
      endpoints,
      log,
      requests: store,
      run: 'test-run',
      onState: (state) => states.push(state),
      ...options,
    });
    const seconds = (performance.now() - started) / 1000;
    await log.sync();
    let lines = 0;
    for await (const batch of log.scan()) lines += batch.lines.length;
    return { end, plan, logged: log.size, lines, states, seconds };
  } finally {
    await log.close();
    await store.close();
    if (!options.folder) await rm(folder, { recursive: true, force: true });
  }
}

export function* named(
  count: number,
  options: { affinity?: (index: number) => string } = {},
): Generator<PlannedRequest> {
  for (let index = 0; index < count; index++) {
    yield planned(`n${index}`, options.affinity ? { affinity: options.affinity(index) } : {});
  }
}
