import { type RequestIdWriter, requestIds } from '../../llm/requestId.ts';
import type { Prompts } from '../template/prompts.ts';
import { MissingInput, type PromptTemplate } from '../template/template.ts';
import type { Draft } from '../types.ts';
import type { StageWish } from './stage.ts';
import { SynthRequest } from './synthRequest.ts';

/** Ids of one template's requests. Its drafts give the same inputs, so their names are checked and sorted once. */
interface TemplateIds {
  template: PromptTemplate;
  names: readonly string[];
  write: RequestIdWriter;
}

/**
 * Drafts as requests of one model and its prompts. The id comes without the request, because a resumed plan asks for a
 * million ids and makes none of their requests.
 */
export class PlannedRequests {
  readonly #prompts: Prompts;
  readonly #model: string;
  readonly #ids = new Map<string, TemplateIds>();

  constructor(prompts: Prompts, model: string) {
    this.#prompts = prompts;
    this.#model = model;
  }

  /** @throws MissingInput, or an error that names method and prompt: a defect of the method. */
  id(wish: StageWish, draft: Draft): string {
    const { inputs } = draft;
    const { document } = wish;
    return this.#idsFor(wish, draft).write((name) => document.hash(inputs[name] ?? ''), draft.replica);
  }

  /** @throws as `id` */
  make(wish: StageWish, draft: Draft, order: number, id = this.id(wish, draft)): SynthRequest {
    const { template } = this.#idsFor(wish, draft);
    return new SynthRequest(wish.place, wish.document, draft, template, this.#model, order, id);
  }

  #idsFor(wish: StageWish, draft: Draft): TemplateIds {
    const known = this.#ids.get(draft.template);
    if (known !== undefined && sameNames(known.names, draft.inputs)) return known;
    const template = this.#prompts.get(draft.template);
    if (template === undefined) {
      const method = wish.place.planned.method.id;
      throw new Error(`Method "${method}" asks for the prompt "${draft.template}", which it does not bring.`);
    }
    const names = Object.keys(draft.inputs);
    for (const variable of template.variables) {
      if (!(variable in draft.inputs)) throw new MissingInput(template.name, variable, 0, draft.inputs);
    }
    const shared = { template: template.hash, model: this.#model, params: template.params };
    const ids = { template, names, write: requestIds(shared, names) };
    this.#ids.set(draft.template, ids);
    return ids;
  }
}

/** Nothing is allocated: this is asked for every request of a plan. */
function sameNames(names: readonly string[], inputs: Draft['inputs']): boolean {
  let at = 0;
  for (const name in inputs) if (names[at++] !== name) return false;
  return at === names.length;
}
