import * as vscode from 'vscode';
import type { OpenProject } from '../project/openProject.ts';
import type { Projects } from '../project/projects.ts';

type Mark = 'covered' | 'stale' | 'unreadable';

/** A badge on corpus files, in the explorer and in the Project view. Shape and tooltip differ, not only the colour. */
export class CorpusDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly onDidChangeFileDecorations = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private marks = new Map<string, { mark: Mark; note: string; uri: vscode.Uri }>();

  constructor(private readonly projects: Projects) {
    this.subscriptions = [
      projects.onDidChange(({ part }) => (part === 'corpus' || part === 'counts') && this.recount()),
      projects.onDidChangeList(() => this.recount()),
      vscode.window.registerFileDecorationProvider(this),
    ];
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    const found = this.marks.get(uri.toString());
    if (!found) return undefined;
    switch (found.mark) {
      case 'covered':
        return new vscode.FileDecoration('✓', found.note);
      case 'stale':
        return new vscode.FileDecoration('↻', found.note, new vscode.ThemeColor('list.warningForeground'));
      case 'unreadable':
        return new vscode.FileDecoration('!', found.note, new vscode.ThemeColor('list.errorForeground'));
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  /** Only files whose badge changed are asked for again. */
  private recount(): void {
    const former = this.marks;
    this.marks = new Map(this.projects.known().flatMap((project) => marksOf(project)));
    const differs = [...this.marks].filter(([key, { note }]) => former.get(key)?.note !== note);
    const gone = [...former].filter(([key]) => !this.marks.has(key));
    const touched = [...differs, ...gone].map(([, { uri }]) => uri);
    if (touched.length > 0) this.changed.fire(touched);
  }
}

function marksOf({ folder, corpus, counts }: OpenProject): [string, { mark: Mark; note: string; uri: vscode.Uri }][] {
  if (!corpus) return [];
  const counted = new Map(counts?.documents.map((entry) => [entry.document, entry]));
  const files = new Map<string, { accepted: number; stale: number }>();
  for (const { id, path } of corpus.documents) {
    const total = files.get(path) ?? { accepted: 0, stale: 0 };
    const found = counted.get(id);
    files.set(path, {
      accepted: total.accepted + (found?.accepted ?? 0),
      stale: total.stale + (found?.stale ?? 0),
    });
  }
  const at = (path: string, mark: Mark, note: string): [string, { mark: Mark; note: string; uri: vscode.Uri }] => {
    const uri = vscode.Uri.joinPath(folder, path);
    return [uri.toString(), { mark, note, uri }];
  };
  return [
    ...[...files].flatMap(([path, { accepted, stale }]) =>
      stale > 0
        ? [at(path, 'stale', vscode.l10n.t('Changed since {0} of its samples were made', stale))]
        : accepted > 0
          ? [at(path, 'covered', vscode.l10n.t('{0} samples', accepted))]
          : [],
    ),
    ...corpus.unreadable.map(({ path, message }) => at(path, 'unreadable', vscode.l10n.t('Not read: {0}', message))),
  ];
}
