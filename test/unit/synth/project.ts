import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompletionLine } from '../../../src/contract/completion.ts';
import type { CorpusDocument } from '../../../src/contract/corpus.ts';
import { contentHash } from '../../../src/engine/contentHash.ts';
import type { Corpus } from '../../../src/engine/corpus/types.ts';
import { CompletionLog } from '../../../src/engine/llm/completionLog.ts';
import { LeakGate } from '../../../src/engine/synth/dedupe/leakGate.ts';
import { GenerationPlan, type GenerationPlanOptions } from '../../../src/engine/synth/plan/generationPlan.ts';
import type { SynthRequest } from '../../../src/engine/synth/plan/synthRequest.ts';
import { methodsFor } from '../../../src/engine/synth/registry.ts';
import { loadPrompts, type Prompts } from '../../../src/engine/synth/template/prompts.ts';
import type { Method } from '../../../src/engine/synth/types.ts';

/** An invented corpus: `documents` texts of a few paragraphs, each one window unless `windows` says otherwise. */
export function corpusOf(
  documents: number,
  paragraphs = 6,
  windows = 1,
): Pick<Corpus, 'documents' | 'text' | 'windows'> {
  const texts = new Map<string, string>();
  const cards: CorpusDocument[] = [];
  for (let index = 0; index < documents; index++) {
    const text = Array.from({ length: paragraphs }, (_, at) => paragraph(index, at)).join('\n\n');
    const id = `notes/harbour-${index}.md`;
    texts.set(id, text);
    cards.push({
      v: 1,
      id,
      path: id,
      format: 'md',
      title: `Harbour of Quellin ${index}`,
      metadata: { author: 'M. Orrin', date: '1911' },
      characters: text.length,
      tokens: { tokens: Math.ceil(text.length / 4), exact: false, by: 'test' },
      text_hash: contentHash(text),
      windows,
    });
  }
  return {
    documents: cards,
    text: async (id) => texts.get(id) ?? '',
    windows: async (id) => {
      const { length } = texts.get(id) ?? '';
      return Array.from({ length: windows }, (_, index) => ({
        index,
        start: Math.floor((index * length) / windows),
        end: Math.floor(((index + 1) * length) / windows),
        tokens: Math.ceil(length / windows / 4),
      }));
    },
  };
}

function paragraph(document: number, at: number): string {
  return `In section ${at} the harbour master Ilsa Venn of Quellin ${document} counted ${100 + at * 7 + document} barrels of amber oil, moored beside pier ${at + 2}, before the tide of month ${(at % 12) + 1} carried the brig Tolland to sea.`;
}

export function standardPrompts(methods: readonly Method[] = methodsFor('standard')): Prompts {
  const loaded = loadPrompts(methods);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.prompts;
}

/** Options by method; ten QA calls for these short documents, so that there is something to draw from. */
export function configured(options: Record<string, object> = {}, methods = methodsFor('standard')) {
  return methods.map((method) => {
    const standard = method.id === 'qa' && methods === methodsFor('standard');
    const own = { ...(standard ? { calls_per_part: 10 } : {}), ...options[method.id] };
    return { method, options: method.options.parse(own), enabled: true };
  });
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'smt-synth-'));
}

export type PlanSetup = Partial<GenerationPlanOptions> & { folder: string };

export async function openPlan(setup: PlanSetup): Promise<{ plan: GenerationPlan; log: CompletionLog }> {
  const log = await CompletionLog.openForWriting(join(setup.folder, 'completions'));
  const plan = await GenerationPlan.open({
    corpus: corpusOf(3),
    methods: configured(),
    prompts: standardPrompts(),
    model: 'test-8b',
    seed: 7,
    log,
    gate: new LeakGate([]),
    planFolder: join(setup.folder, 'plan'),
    writable: true,
    ...setup,
  });
  return { plan, log };
}

/** What a model would answer: a pure function of the request, with repeats among its questions. */
export function modelAnswer(request: SynthRequest): string {
  const draw = Number.parseInt(contentHash(`${request.id} answer`).slice(0, 6), 16);
  const name = request.document.document.title;
  if (request.draft.stage === 'questions') {
    return [0, 1, 2]
      .map((index) => {
        const at = (draw + index * 5) % 11;
        return `Question: How many barrels did Ilsa Venn count in section ${at} of ${name}?\nExplanation: The notes on ${name} give the count of section ${at}.\nAnswer: ${100 + at} barrels.`;
      })
      .join('\n\n');
  }
  if (request.draft.stage === 'strategies') {
    return 'Here are some strategies.\n\n## Timeline\nPut all events in order.\n\n## Ledger\nList every amount.\n\n## Letter\nTell it as a letter.';
  }
  return `${name} by ${request.draft.strategy?.split('\n')[0]}: ${request.draft.query?.text ?? 'all of it'} The count was ${draw % 977} barrels.`;
}

export function completionOf(request: SynthRequest, content = modelAnswer(request), finish = 'stop'): CompletionLine {
  return {
    id: `batch-${request.id}`,
    custom_id: request.id,
    response: {
      status_code: 200,
      request_id: null,
      body: { choices: [{ index: 0, finish_reason: finish, message: { role: 'assistant', content } }] },
    },
    error: null,
    smt: {
      v: 1,
      attempt: 1,
      endpoint: 'test',
      ms: 1,
      cost: null,
      run: 'test',
      at: 0,
      input_tokens: 10,
      output_tokens: 10,
    },
  };
}

export interface Answered {
  request: SynthRequest;
  completion: CompletionLine;
}

export interface DriveOptions {
  /** Most requests to answer, then stop as a killed job does. */
  stopAfter?: number;
  /** Requests in flight at a time. */
  concurrency?: number;
  /** Which of those in flight is answered next: `[count] → index`. */
  pick?: (count: number) => number;
  answer?: (request: SynthRequest) => CompletionLine | 'gave_up';
}

/** A dispatcher without a network: pulls, answers, logs first, settles. */
export async function drive(plan: GenerationPlan, log: CompletionLog, options: DriveOptions = {}): Promise<Answered[]> {
  const answered: Answered[] = [];
  const flying: SynthRequest[] = [];
  const { stopAfter = Number.POSITIVE_INFINITY, concurrency = 32, pick = () => 0 } = options;
  let wake: () => void = () => {};
  plan.onReady = () => wake();
  for (;;) {
    const ready = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let state: 'flying' | 'wait' | 'end' = 'flying';
    while (flying.length < concurrency) {
      const request = plan.next();
      if (request === 'wait' || request === 'end') {
        state = request;
        break;
      }
      flying.push(request);
    }
    const [request] = flying.splice(pick(flying.length), 1);
    if (request === undefined) {
      if (state === 'end') break;
      await ready;
      continue;
    }
    const completion = options.answer?.(request) ?? completionOf(request);
    if (completion === 'gave_up') {
      plan.settle(request, { kind: 'gave_up', reason: 'connection', message: 'reset' });
      continue;
    }
    await new Promise<void>((resolve, reject) =>
      log.append(completion, (error) => (error ? reject(error) : resolve())),
    );
    plan.settle(request, { kind: completion.error === null ? 'answered' : 'failed', completion });
    answered.push({ request, completion });
    if (answered.length >= stopAfter) break;
  }
  return answered;
}
