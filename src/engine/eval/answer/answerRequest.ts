import type { ChatBody } from '../../../contract/chat.ts';
import type { RequestLine } from '../../../contract/request.ts';
import { contentHash } from '../../contentHash.ts';
import { requestId } from '../../llm/requestId.ts';
import type { ScoreBody } from '../../llm/scoring/index.ts';
import type { PlannedRequest } from '../../llm/types.ts';
import type { Message, PromptTemplate, SamplingParams } from '../../synth/template/template.ts';

/**
 * How a request reaches its model: chat, plain text completion, or the likelihood of choices after a chat, after a text,
 * or (`score_joined`) as one text with the prompt, where the endpoint tells no token ids.
 */
export type RequestForm = 'chat' | 'text' | ScoreForm;
export type ScoreForm = 'score_chat' | 'score_text' | 'score_joined';

export interface AnswerDraft {
  /** `closed_book`, `rag`, `gold`, `likelihood …`, `judge`: for people who read the request store. */
  stage: string;
  form: RequestForm;
  template: PromptTemplate;
  inputs: Readonly<Record<string, string>>;
  params: SamplingParams;
  /** Model name of the request's body and identity. */
  model: string;
  /** Engine that answers: the same weights elsewhere are another answer. */
  engine: string;
  replica: number;
  /** Texts whose likelihood is asked for; only for `score_*`. */
  choices?: readonly string[];
  question: string;
  document: string | null;
}

/** One line of a batch input file. */
export interface BatchRequest {
  custom_id: string;
  method: 'POST';
  url: '/v1/chat/completions' | '/v1/completions' | '/v1/smt/score';
  body: Readonly<Record<string, unknown>>;
}

/** A planned answer. Its id is a hash of everything that decides the answer: asking for more samples adds ids only. */
export class AnswerRequest implements PlannedRequest {
  readonly id: string;
  readonly method = 'evaluate';
  readonly draft: AnswerDraft;
  readonly #inputs: Readonly<Record<string, string>>;

  constructor(draft: AnswerDraft, inputs = hashesOf(draft)) {
    this.draft = draft;
    this.#inputs = inputs;
    this.id = requestId({
      template: draft.template.hash,
      inputs,
      model: draft.model,
      params: this.#identity(),
      replica: draft.replica,
    });
  }

  /** The same prompt drawn again; its texts are not hashed again. */
  replica(replica: number): AnswerRequest {
    return new AnswerRequest({ ...this.draft, replica }, this.#inputs);
  }

  /** Requests on the same passages share their prompt's beginning. */
  get affinity(): string {
    return this.draft.document ?? this.draft.question;
  }

  get messages(): Message[] {
    return this.draft.template.render(this.draft.inputs);
  }

  body(): ChatBody {
    return { model: this.draft.model, messages: this.messages, ...this.draft.params };
  }

  batchLine(): BatchRequest {
    const { draft, messages } = this;
    // Replicas of one prompt must differ, and a batch that is run again must not.
    const seed = (draft.params.temperature ?? 1) > 0 ? { seed: Number.parseInt(this.id.slice(0, 7), 16) } : {};
    const line = { custom_id: this.id, method: 'POST' } as const;
    switch (draft.form) {
      case 'chat':
        return {
          ...line,
          url: '/v1/chat/completions',
          body: { model: draft.model, messages, ...draft.params, ...seed },
        };
      case 'text':
        return {
          ...line,
          url: '/v1/completions',
          body: { model: draft.model, prompt: this.#text(), ...draft.params, ...seed },
        };
      default:
        return { ...line, url: '/v1/smt/score', body: { ...this.scoreBody() } };
    }
  }

  /** Whether it asks for likelihoods. */
  get scored(): boolean {
    return this.draft.form.startsWith('score');
  }

  /** Body of `/v1/smt/score`. After a text a choice begins with a blank, after a chat's prompt it does not. */
  scoreBody(): ScoreBody {
    const { model, form, choices = [] } = this.draft;
    return form === 'score_chat'
      ? { model, messages: this.messages, choices }
      : { model, prompt: this.#text(), choices: choices.map((choice) => ` ${choice}`) };
  }

  line(): RequestLine {
    const { draft } = this;
    return {
      v: 1,
      id: this.id,
      method: this.method,
      stage: draft.stage,
      document: draft.document ?? '',
      window: 0,
      replica: draft.replica,
      template: draft.template.hash,
      template_name: draft.template.name,
      inputs: { ...this.#inputs },
      model: draft.model,
      params: this.#identity(),
      query: draft.question,
    };
  }

  *texts(): Iterable<readonly [hash: string, text: string]> {
    const { draft } = this;
    yield [draft.template.hash, draft.template.body];
    for (const [name, hash] of Object.entries(this.#inputs))
      yield [hash, name === 'scored_choices' ? JSON.stringify(draft.choices) : (draft.inputs[name] ?? '')];
  }

  /** Upper bound in tokens: prompts at two characters a token, which only scripts without spaces exceed. */
  get reserve(): { input: number; output: number } {
    let characters = this.draft.template.body.length;
    for (const text of Object.values(this.draft.inputs)) characters += text.length;
    const { choices, params } = this.draft;
    // Every choice is read behind the whole prompt.
    const times = choices ? Math.max(1, choices.length) : 1;
    for (const choice of choices ?? []) characters += choice.length / times;
    return { input: (Math.ceil(characters / 2) + 16) * times, output: params.max_tokens * times };
  }

  #text(): string {
    return this.messages.map(({ content }) => content).join('\n\n');
  }

  #identity(): Record<string, unknown> {
    const { engine, form, params } = this.draft;
    return this.scored ? { engine, form } : { ...params, engine, ...(form === 'chat' ? {} : { form }) };
  }
}

function hashesOf(draft: AnswerDraft): Readonly<Record<string, string>> {
  const inputs: Record<string, string> = {};
  for (const name of draft.template.variables) inputs[name] = contentHash(draft.inputs[name] ?? '');
  if (draft.choices) inputs.scored_choices = contentHash(JSON.stringify(draft.choices));
  return inputs;
}
