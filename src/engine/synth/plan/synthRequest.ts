import type { ChatBody } from '../../../contract/chat.ts';
import type { RequestLine } from '../../../contract/request.ts';
import { contentHash } from '../../contentHash.ts';
import { requestId } from '../../llm/requestId.ts';
import type { PlannedRequest } from '../../llm/types.ts';
import { MissingInput, type PromptTemplate } from '../template/template.ts';
import type { Draft, Method, MethodDocument } from '../types.ts';

/** A document as the plan works on it, with the hash of each text taken once. */
export class PlannedDocument {
  readonly document: MethodDocument;
  /** Content hash of the document's whole text: what `stale` goes by. */
  readonly textHash: string;
  readonly #hashes = new Map<string, string>();

  constructor(document: MethodDocument, textHash: string) {
    this.document = document;
    this.textHash = textHash;
  }

  hash(text: string): string {
    let known = this.#hashes.get(text);
    if (known === undefined) {
      known = contentHash(text);
      this.#hashes.set(text, known);
    }
    return known;
  }

  windowTokens(index: number): number {
    return this.document.windows.find((window) => window.index === index)?.tokens ?? 0;
  }
}

/** Method, its place in the registry, and its options as the project sets them. */
export interface PlannedMethod {
  method: Method;
  options: unknown;
  index: number;
  /** Its samples come from a very small model, whatever the generator is now: for answers on record. */
  toy?: boolean;
}

export interface StagePlace {
  planned: PlannedMethod;
  stage: Method['stages'][number];
  stageIndex: number;
}

/** Positions of a stage start here apart, so that more requests in one stage never move those of the next. */
export const STAGE_STRIDE = 10_000_000;
/** Positions of recorded requests that today's plan no longer has: behind the plan, before additions. */
export const ORPHAN_ORDER = 900_000_000;
/** Positions of plan additions: behind everything that the project's own plan can have. */
export const ADDITION_ORDER = 1_000_000_000;

/** A planned request of a synthesis method: everything that its answer is parsed and placed with. */
export class SynthRequest implements PlannedRequest {
  readonly id: string;
  readonly place: StagePlace;
  readonly document: PlannedDocument;
  readonly draft: Draft;
  readonly template: PromptTemplate;
  readonly model: string;
  /** Plan index within (document, method). */
  readonly order: number;
  readonly #inputs: Readonly<Record<string, string>>;

  constructor(
    place: StagePlace,
    document: PlannedDocument,
    draft: Draft,
    template: PromptTemplate,
    model: string,
    order: number,
    /** Its id where it is known; of a request on record its own, whatever prompt and parameters are today. */
    id?: string,
  ) {
    this.place = place;
    this.document = document;
    this.draft = draft;
    this.template = template;
    this.model = model;
    this.order = order;
    const inputs: Record<string, string> = {};
    for (const name of Object.keys(draft.inputs)) inputs[name] = document.hash(draft.inputs[name] ?? '');
    for (const variable of template.variables) {
      if (!(variable in inputs)) throw new MissingInput(template.name, variable, 0, draft.inputs);
    }
    this.#inputs = inputs;
    this.id =
      id ??
      requestId({
        template: template.hash,
        inputs,
        model,
        params: template.params,
        replica: draft.replica,
      });
  }

  get method(): string {
    return this.place.planned.method.id;
  }

  get affinity(): string {
    return `${this.document.document.id}\u0000${this.draft.window}`;
  }

  body(): ChatBody {
    return { model: this.model, messages: this.template.render(this.draft.inputs), ...this.template.params };
  }

  line(): RequestLine {
    const { draft } = this;
    return {
      v: 1,
      id: this.id,
      method: this.method,
      stage: draft.stage,
      document: this.document.document.id,
      window: draft.window,
      replica: draft.replica,
      template: this.template.hash,
      template_name: this.template.name,
      inputs: { ...this.#inputs },
      model: this.model,
      params: { ...this.template.params },
      ...(draft.query === undefined ? {} : { query: draft.query.id }),
      ...(draft.source === undefined ? {} : { source: draft.source }),
    };
  }

  *texts(): Iterable<readonly [hash: string, text: string]> {
    yield [this.template.hash, this.template.body];
    for (const [name, hash] of Object.entries(this.#inputs)) yield [hash, this.draft.inputs[name] ?? ''];
  }

  /**
   * Upper bound in tokens. The window was counted with the student's tokenizer, the generator's may need more: a
   * quarter is added. Other texts at two characters a token, which only scripts without spaces exceed.
   */
  get reserve(): { input: number; output: number } {
    let characters = this.template.body.length;
    for (const [name, text] of Object.entries(this.draft.inputs)) if (name !== 'document') characters += text.length;
    const window = this.document.windowTokens(this.draft.window);
    const document = this.draft.inputs.document;
    const documentTokens = window > 0 ? Math.ceil(window * 1.25) : Math.ceil((document?.length ?? 0) / 2);
    return { input: documentTokens + Math.ceil(characters / 2) + 16, output: this.template.params.max_tokens };
  }
}
