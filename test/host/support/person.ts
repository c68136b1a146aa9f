import type * as vscode from 'vscode';
import type {
  Answer,
  Confirmation,
  Dialogs,
  FilesStep,
  InputStep,
  PickStep,
  PlaceStep,
} from '../../../src/editor/platform/dialogs.ts';
import { access } from './extension.ts';

export interface Seen {
  readonly kind: 'tell' | 'confirm' | 'pick' | 'input' | 'place' | 'files';
  readonly text: string;
  readonly choices: readonly string[];
}

/** How a person would answer: a part of a choice's label, the text of an input, yes or no to a modal. */
export interface Answers {
  pick?: readonly (string | 'back' | 'dismiss')[];
  input?: readonly (string | 'back' | 'dismiss')[];
  confirm?: readonly boolean[];
  place?: readonly vscode.Uri[];
  files?: readonly vscode.Uri[];
}

/**
 * A person at the dialogs, with answers given beforehand. What is asked without an answer left is dismissed, as a
 * person pressing Escape would, and everything that was shown is kept in `seen`.
 */
export async function person(answers: Answers = {}): Promise<{ seen: Seen[]; dispose(): void }> {
  const seen: Seen[] = [];
  const [picks, inputs, confirms] = [
    [...(answers.pick ?? [])],
    [...(answers.input ?? [])],
    [...(answers.confirm ?? [])],
  ];
  const places = [...(answers.place ?? [])];
  const dialogs: Dialogs = {
    async place({ title }: PlaceStep) {
      seen.push({ kind: 'place', text: title, choices: [] });
      return places.shift();
    },
    async files({ title }: FilesStep) {
      seen.push({ kind: 'files', text: title, choices: [] });
      return answers.files;
    },
    async tell(_level, text, ...choices) {
      seen.push({ kind: 'tell', text, choices });
      return undefined;
    },
    async confirm({ message, detail, action }: Confirmation) {
      seen.push({ kind: 'confirm', text: `${message}\n${detail}`, choices: [action] });
      return confirms.shift() ?? false;
    },
    async pick<T>({ placeholder, choices }: PickStep<T>): Promise<Answer<T>> {
      seen.push({ kind: 'pick', text: placeholder, choices: choices.map(({ label }) => label) });
      const wanted = picks.shift();
      if (wanted === 'back') return { kind: 'back' };
      if (wanted === undefined || wanted === 'dismiss') return { kind: 'dismissed' };
      for (const choice of choices) {
        if ('value' in choice && choice.label.includes(wanted)) return { kind: 'answer', value: choice.value };
      }
      throw new Error(`“${placeholder}” has no choice “${wanted}”: ${choices.map(({ label }) => label).join(', ')}`);
    },
    async input({ prompt, validate }: InputStep): Promise<Answer<string>> {
      seen.push({ kind: 'input', text: prompt, choices: [] });
      const wanted = inputs.shift();
      if (wanted === 'back') return { kind: 'back' };
      if (wanted === undefined || wanted === 'dismiss') return { kind: 'dismissed' };
      const wrong = validate?.(wanted);
      if (wrong) throw new Error(`“${prompt}” refuses “${wanted}”: ${wrong}`);
      return { kind: 'answer', value: wanted };
    },
  };
  const replaced = (await access()).dialogs.replace(dialogs);
  return { seen, dispose: () => replaced.dispose() };
}
