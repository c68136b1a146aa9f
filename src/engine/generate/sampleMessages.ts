import type { CompletionLine } from '../../contract/completion.ts';
import type { Sample } from '../../contract/sample.ts';
import type { TokenizerSearch } from '../corpus/index.ts';
import type { LogPosition } from '../llm/index.ts';
import type { SampleTotals } from '../samples/sampleTotals.ts';
import type { Amendment, BenchmarkQuestion, DerivedRequest, LeakWarning, Profile } from '../synth/index.ts';
import type { Draft, MethodDocument } from '../synth/types.ts';

/** What the samples thread is started with. */
export interface SampleThreadData {
  lance: string;
  /** What samples are made and judged with (`derivationBasis`): a table of another basis is made anew. */
  basis: string;
  /** Make the table anew, whatever is there. */
  fresh: boolean;
  profile: Profile;
  /** Of each method of the profile, in registry order. */
  options: unknown[];
  questions: readonly BenchmarkQuestion[];
  toy: boolean;
  tokenizer: TokenizerSearch;
}

/** A document as the thread keeps it, until `forget`. */
export interface DocumentOnWire {
  key: number;
  document: MethodDocument;
  textHash: string;
}

/** An answer with what it is parsed by. Numbers name documents, methods and stages that the thread knows. */
export interface AnswerOnWire {
  document: number;
  method: number;
  stage: number;
  id: string;
  order: number;
  model: string;
  maxTokens: number;
  /** Its `document` input is empty: it is the window's text, which stands in the document. */
  draft: Draft;
  completion: CompletionLine;
  /** An earlier answer of the document: its samples are in the table, only its verdicts matter. */
  recalled: boolean;
}

/** To the thread. It does one after the other. */
export type SampleOrder =
  | { do: 'derive'; documents: DocumentOnWire[]; answers: AnswerOnWire[] }
  /** Verdicts of a document, and these texts of it, are not needed any more. */
  | { do: 'forget'; document: string; keys: number[] }
  /** `answered`: requests whose samples these are. */
  | { do: 'put'; samples: readonly Sample[]; amended: readonly Amendment[]; answered: readonly string[] }
  | { do: 'cover'; position: LogPosition }
  /** Everything put so far to the table; then count it. */
  | { do: 'flush' }
  | { do: 'close' };

/** From the thread. */
export type SampleNews =
  | { is: 'opened'; position: LogPosition | null }
  /** So many answers of `derive` are done. */
  | { is: 'derived'; answers: number; totals: SampleTotals; warnings: LeakWarning[] }
  | { is: 'flushed'; totals: SampleTotals }
  | { is: 'closed' }
  | { is: 'failed'; message: string; code: string | undefined; unavailable: 'cpu' | 'platform' | 'load' | undefined };

/** A request as it goes to the thread; `document` is the number of its document there. */
export function onWire(
  request: DerivedRequest,
  completion: CompletionLine,
  document: number,
  recalled: boolean,
): AnswerOnWire {
  const { draft, place } = request;
  return {
    document,
    method: place.planned.index,
    stage: place.stageIndex,
    id: request.id,
    order: request.order,
    model: request.model,
    maxTokens: request.template.params.max_tokens,
    draft: draft.inputs.document === undefined ? draft : { ...draft, inputs: { ...draft.inputs, document: '' } },
    completion: parsedPart(completion),
    recalled,
  };
}

/** Of an answer's body only what its parser reads. */
function parsedPart(completion: CompletionLine): CompletionLine {
  const body: unknown = completion.response?.body;
  if (completion.response === null || typeof body !== 'object' || body === null || !('choices' in body))
    return completion;
  return { ...completion, response: { ...completion.response, body: { choices: body.choices } } };
}
