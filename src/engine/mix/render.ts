import { Template } from '@huggingface/jinja';
import type { MixtureSettings } from '../../contract/dataset.ts';
import type { Sample } from '../../contract/sample.ts';
import { JobProblem } from '../jobs/index.ts';
import { trainingText } from '../synth/trainingText.ts';
import type { Student } from './student.ts';

export type SampleFields = Pick<Sample, 'kind' | 'question' | 'explanation' | 'answer' | 'text'>;

/**
 * A training text in two parts that are tokenised apart, so that the edge of the loss mask is exact: what is asked
 * (masked where `loss_on` is `answers`) and what is learned. What begins and ends a row is not part of it.
 * Documents have no prompt.
 */
export interface RenderedText {
  prompt: string;
  completion: string;
}

export type Renderer = (sample: SampleFields, title: string) => RenderedText;

/** One turn as chat templates and chat formats take it. */
export interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

/** A QA as a conversation: title line and question, then explanation and answer. */
export function turnsOf(sample: SampleFields, title: string): readonly [Turn, Turn] {
  const { prompt, completion } = plain(sample, title);
  return [
    { role: 'user', content: withoutLabel(sample, prompt).trim() },
    // Alone, an answer needs no label; behind an explanation it does.
    { role: 'assistant', content: completion.replace(/^Answer: /, '') },
  ];
}

/**
 * How samples become text. `plain` is `trainingText` (recipe §3.1); `chat` puts QAs into the student's own template,
 * documents stay plain.
 * @throws JobProblem when `chat` is asked for and the student has no template, or one that cannot be rendered
 */
export function rendererFor(render: MixtureSettings['render'], student: Student): Renderer {
  if (render === 'plain') return plain;
  if (student.chatTemplate === undefined) {
    throw new JobProblem(
      `mixture.render is "chat" and ${student.tokenizer.name} has no chat template (chat_template in tokenizer_config.json). Set mixture.render to "plain", or put the template there.`,
    );
  }
  const template = new Template(student.chatTemplate);
  const rendered = (messages: readonly Turn[], prompt: boolean) =>
    template.render({ ...student.templateTokens, messages: [...messages], add_generation_prompt: prompt });
  return (sample, title) => {
    if (sample.kind === 'document') return plain(sample, title);
    const turns = turnsOf(sample, title);
    const prompt = rendered([turns[0]], true);
    const whole = rendered(turns, false);
    if (!whole.startsWith(prompt)) {
      throw new JobProblem(
        `The chat template of ${student.tokenizer.name} does not begin a whole conversation with its own generation prompt, so that no loss mask can be laid. Set mixture.render to "plain".`,
      );
    }
    // The end-of-text token is appended once, by the row; what a template writes behind it is no part of an answer.
    const completion = whole.slice(prompt.length).trimEnd();
    const { eosToken } = student.tokenizer;
    return { prompt, completion: completion.endsWith(eosToken) ? completion.slice(0, -eosToken.length) : completion };
  };
}

/**
 * Token ids that a row begins with, before those of its text. A chat template writes its own beginning, or none: what
 * it renders is tokenised as it is, here as where the model is asked.
 */
export function rowBegin(
  { tokenizer }: Pick<Student, 'tokenizer'>,
  render: MixtureSettings['render'],
  kind: 'qa' | 'document' | 'replay',
): readonly number[] {
  return render === 'chat' && kind === 'qa' ? [] : tokenizer.begin;
}

function plain(sample: SampleFields, title: string): RenderedText {
  const whole = trainingText(sample, title);
  if (sample.kind === 'document') return { prompt: '', completion: whole };
  const { question } = sample;
  const asked = trainingText({ kind: 'qa', ...(question === undefined ? {} : { question }) }, title);
  if (asked === '' || !whole.startsWith(`${asked}\n`)) return { prompt: '', completion: whole };
  return { prompt: `${asked}\n`, completion: whole.slice(asked.length + 1) };
}

/** In a chat, the role says that it is a question. */
function withoutLabel(sample: SampleFields, prompt: string): string {
  const label = `Question: ${sample.question ?? ''}`.trim();
  const at = prompt.lastIndexOf(label);
  return at < 0 ? prompt : `${prompt.slice(0, at)}${label.slice('Question: '.length)}`;
}
