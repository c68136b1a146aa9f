import type { CompletionLine } from '../../../contract/completion.ts';
import type { Sample } from '../../../contract/sample.ts';
import type { LeakGate } from '../dedupe/leakGate.ts';
import type { AnsweredRequests } from '../plan/planGround.ts';
import type { SynthRequest } from '../plan/synthRequest.ts';
import { type Amendment, DocumentVerdicts, type LeakWarning } from './documentVerdicts.ts';
import { type CountsTokens, type DerivedRequest, parseCompletion, samplesOf } from './samplesOf.ts';

export interface DeriverOptions {
  gate: LeakGate;
  tokens: CountsTokens;
  /** Samples come from the built-in very small model. */
  toy: boolean;
  log: AnsweredRequests;
  /** The plan's requests of a document, in plan order (`GenerationPlan.requestsOf`). */
  requestsOf(documentId: string): AsyncIterable<SynthRequest>;
  /** True when the log was empty at the start of this run: no earlier answers to look for. */
  fresh?: boolean;
}

export interface Derived {
  samples: Sample[];
  /** Verdicts on earlier samples that turned, because this one comes before them in plan order. */
  amended: Amendment[];
}

interface DocumentState {
  verdicts: DocumentVerdicts;
  last: Promise<unknown>;
}

/** States kept at a time; a document that comes back later is read from the log again. */
const MAX_DOCUMENTS = 512;
/** Requests walked before other work gets its turn. */
const WALK_BATCH = 1_000;

/**
 * Samples from the log: a pure function of completions and plan order. Whatever order answers arrive in, after the last
 * one the same samples are accepted; `derive` gives what changes on the way.
 */
export class Deriver {
  readonly warnings: LeakWarning[] = [];
  readonly #options: DeriverOptions;
  readonly #documents = new Map<string, DocumentState>();
  readonly #evicted = new Set<string>();

  constructor(options: DeriverOptions) {
    this.#options = options;
  }

  /** What one answered (or finally failed) request brings. Asking twice for the same request gives the same samples. */
  derive(request: SynthRequest, completion: CompletionLine): Promise<Derived> {
    const id = request.document.document.id;
    const state = this.#state(id);
    const derived = state.last.then(() => this.#take(state, request, completion));
    state.last = derived.catch(() => undefined);
    return derived;
  }

  /**
   * All samples of a document, anew from the log: after a better parser, a new benchmark, a lost table. Costs no
   * request.
   */
  async rederiveDocument(documentId: string): Promise<Sample[]> {
    const verdicts = new DocumentVerdicts(this.#options.gate);
    const samples = new Map<string, Sample>();
    const state: DocumentState = { verdicts, last: Promise.resolve() };
    for await (const { request, completion } of this.answered(documentId)) {
      const derived = this.#take(state, request, completion);
      for (const sample of derived.samples) samples.set(sample.id, sample);
      for (const { id, ...verdict } of derived.amended) {
        const sample = samples.get(id);
        if (sample !== undefined) samples.set(id, withVerdict(sample, verdict));
      }
    }
    return [...samples.values()];
  }

  /** Duplicates ÷ questions of a document so far: the stop signal. Null when nothing of it was derived in this run. */
  duplicateRate(documentId: string): number | null {
    return this.#documents.get(documentId)?.verdicts.duplicateRate ?? null;
  }

  #take(
    state: DocumentState,
    request: SynthRequest,
    completion: CompletionLine,
    tokens: CountsTokens = this.#options.tokens,
  ): Derived {
    const seen = state.verdicts.warnings.length;
    const toy = request.place.planned.toy ?? this.#options.toy;
    const derived = derivedFrom(state.verdicts, request, completion, { tokens, toy });
    this.warnings.push(...state.verdicts.warnings.slice(seen));
    return derived;
  }

  #state(documentId: string): DocumentState {
    const known = this.#documents.get(documentId);
    if (known !== undefined) {
      // Most recently used last.
      this.#documents.delete(documentId);
      this.#documents.set(documentId, known);
      return known;
    }
    const state: DocumentState = {
      verdicts: new DocumentVerdicts(this.#options.gate),
      last: Promise.resolve(),
    };
    // Earlier answers first: a new question may repeat one of last week's.
    if (this.#options.fresh !== true || this.#evicted.has(documentId)) state.last = this.#recall(documentId, state);
    this.#documents.set(documentId, state);
    for (const oldest of this.#documents.keys()) {
      if (this.#documents.size <= MAX_DOCUMENTS) break;
      this.#documents.delete(oldest);
      this.#evicted.add(oldest);
    }
    return state;
  }

  async #recall(documentId: string, state: DocumentState): Promise<void> {
    // Only their verdicts matter here: their tokens were counted when they were derived first.
    for await (const { request, completion } of this.answered(documentId)) {
      this.#take(state, request, completion, { count: () => 0 });
    }
  }

  /** Every answer of a document that the log has, with its request, in plan order. */
  async *answered(documentId: string): AsyncGenerator<{ request: SynthRequest; completion: CompletionLine }> {
    const { log, requestsOf } = this.#options;
    let walked = 0;
    for await (const request of requestsOf(documentId)) {
      if (++walked % WALK_BATCH === 0) await new Promise(setImmediate);
      if (log.state(request.id) === undefined) continue;
      const completion = await log.read(request.id);
      if (completion !== undefined) yield { request, completion };
    }
  }
}

/**
 * The samples of one answer, judged over those of its document that were taken before. Pure but for `verdicts`, which
 * end the same whatever order answers are taken in.
 */
export function derivedFrom(
  verdicts: DocumentVerdicts,
  request: DerivedRequest,
  completion: CompletionLine,
  { tokens, toy }: { tokens: CountsTokens; toy: boolean },
): Derived {
  const samples: Sample[] = [];
  const amended: Amendment[] = [];
  for (const sample of samplesOf(request, parseCompletion(request, completion), tokens, toy)) {
    const taken = verdicts.take(sample, request.place.planned.index);
    samples.push(taken.sample);
    amended.push(...taken.amended);
  }
  return { samples, amended };
}

/** A sample with another verdict; a reason that no longer holds is gone. */
export function withVerdict(sample: Sample, verdict: Omit<Amendment, 'id'>): Sample {
  const { reason: _reason, detail: _detail, ...rest } = sample;
  return {
    ...rest,
    state: verdict.state,
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    ...(verdict.detail === undefined ? {} : { detail: verdict.detail }),
  };
}
