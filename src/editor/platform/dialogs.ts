import * as vscode from 'vscode';
import { plainNotice } from './plainNotice.ts';

/** A question that blocks the window: what happens, its consequences, and the one button besides Cancel. */
export interface Confirmation {
  readonly message: string;
  readonly detail: string;
  readonly action: string;
}

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

export interface StepTitle {
  readonly title: string;
  /** Step numbers of a longer sequence; left out for a single question. */
  readonly step?: { readonly at: number; readonly of: number };
  /** True: a Back button is shown. */
  readonly back?: boolean;
}

export interface PickStep<T> extends StepTitle {
  readonly placeholder: string;
  readonly choices: readonly (Choice<T> | vscode.QuickPickItem)[];
}

export interface InputStep extends StepTitle {
  readonly prompt: string;
  readonly value?: string;
  readonly placeholder?: string;
  /** A key: shown as dots and never kept. */
  readonly secret?: boolean;
  /** What is wrong with the text, or nothing. */
  readonly validate?: (text: string) => string | undefined;
}

export interface PlaceStep {
  /** A file to be written, or a folder to write into. */
  readonly kind: 'file' | 'folder';
  readonly title: string;
  readonly suggested: vscode.Uri;
}

export interface FilesStep {
  readonly title: string;
  /** Folder to begin in. */
  readonly from: vscode.Uri;
  /** Label and extensions, without dots. */
  readonly filters: Readonly<Record<string, string[]>>;
}

export type Answer<T> = { kind: 'answer'; value: T } | { kind: 'back' } | { kind: 'dismissed' };

/**
 * Everything that asks or tells a person something outside a view. One interface, because in a host test run VS Code
 * rejects modals and leaves pickers open for ever: tests put their own answers here.
 */
export interface Dialogs {
  tell(level: 'info' | 'warning' | 'error', message: string, ...actions: string[]): Thenable<string | undefined>;
  confirm(confirmation: Confirmation): Thenable<boolean>;
  pick<T>(step: PickStep<T>): Promise<Answer<T>>;
  input(step: InputStep): Promise<Answer<string>>;
  /** Where to write something; nothing when dismissed. */
  place(step: PlaceStep): Thenable<vscode.Uri | undefined>;
  /** Files to read; nothing when dismissed. */
  files(step: FilesStep): Thenable<readonly vscode.Uri[] | undefined>;
}

/** Dialogs whose implementation can be exchanged while they are in use. */
export class ReplaceableDialogs implements Dialogs {
  private current: Dialogs = vscodeDialogs;

  /** Returns what puts the former dialogs back. */
  replace(dialogs: Dialogs): vscode.Disposable {
    const former = this.current;
    this.current = dialogs;
    return new vscode.Disposable(() => {
      this.current = former;
    });
  }

  tell(level: 'info' | 'warning' | 'error', message: string, ...actions: string[]) {
    return this.current.tell(level, message, ...actions);
  }
  confirm(confirmation: Confirmation) {
    return this.current.confirm(confirmation);
  }
  pick<T>(step: PickStep<T>) {
    return this.current.pick(step);
  }
  input(step: InputStep) {
    return this.current.input(step);
  }
  place(step: PlaceStep) {
    return this.current.place(step);
  }
  files(step: FilesStep) {
    return this.current.files(step);
  }
}

const vscodeDialogs: Dialogs = {
  tell(level, text, ...actions) {
    const message = plainNotice(text);
    if (level === 'error') return vscode.window.showErrorMessage(message, ...actions);
    if (level === 'warning') return vscode.window.showWarningMessage(message, ...actions);
    return vscode.window.showInformationMessage(message, ...actions);
  },

  async confirm({ message, detail, action }) {
    return (await vscode.window.showWarningMessage(plainNotice(message), { modal: true, detail }, action)) === action;
  },

  pick<T>(step: PickStep<T>) {
    const picker = vscode.window.createQuickPick<Choice<T> | vscode.QuickPickItem>();
    picker.items = step.choices;
    picker.placeholder = step.placeholder;
    picker.matchOnDescription = true;
    picker.matchOnDetail = true;
    return ask<T>(picker, step, () => {
      const [chosen] = picker.selectedItems;
      return chosen && 'value' in chosen ? chosen.value : undefined;
    });
  },

  async place({ kind, title, suggested }) {
    if (kind === 'file') return vscode.window.showSaveDialog({ title, defaultUri: suggested });
    const [folder] =
      (await vscode.window.showOpenDialog({
        title,
        defaultUri: suggested,
        canSelectFiles: false,
        canSelectFolders: true,
      })) ?? [];
    return folder;
  },

  files: ({ title, from, filters }) =>
    vscode.window.showOpenDialog({ title, defaultUri: from, canSelectMany: true, filters: { ...filters } }),

  input(step) {
    const box = vscode.window.createInputBox();
    box.prompt = step.prompt;
    box.value = step.value ?? '';
    box.placeholder = step.placeholder ?? '';
    box.password = step.secret ?? false;
    const problem = () => step.validate?.(box.value);
    box.onDidChangeValue(() => {
      box.validationMessage = problem() ?? '';
    });
    return ask<string>(box, step, () => {
      const wrong = problem();
      box.validationMessage = wrong ?? '';
      return wrong ? undefined : box.value;
    });
  },
};

/** Shows a picker or input box until it is accepted with an answer, left by Back, or dismissed. */
function ask<T>(
  box: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  { title, step, back }: StepTitle,
  answer: () => T | undefined,
): Promise<Answer<T>> {
  return new Promise((settle) => {
    box.title = title;
    if (step) {
      box.step = step.at;
      box.totalSteps = step.of;
    }
    if (back) box.buttons = [vscode.QuickInputButtons.Back];
    box.ignoreFocusOut = true;
    let result: Answer<T> = { kind: 'dismissed' };
    const finish = (reached: Answer<T>) => {
      result = reached;
      box.hide();
    };
    box.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) finish({ kind: 'back' });
    });
    box.onDidAccept(() => {
      const value = answer();
      if (value !== undefined) finish({ kind: 'answer', value });
    });
    box.onDidHide(() => {
      box.dispose();
      settle(result);
    });
    box.show();
  });
}
