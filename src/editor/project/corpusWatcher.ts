import * as vscode from 'vscode';
import type { Projects } from './projects.ts';

const DOCUMENTS = '**/*.{md,markdown,txt,html,htm,pdf,docx,epub,jsonl}';
/** Written by the product itself, or never part of a corpus. */
const NOT_CORPUS = /(^|\/)(\.smt|\.git|node_modules|benchmarks|prompts)\/|(^|\/)reviews\.jsonl$/;
const QUIET_MS = 1_500;

/** Has the engine look at the corpus again after documents changed on disk; it reads only those that did. */
export class CorpusWatcher implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly projects: Projects) {
    const watcher = vscode.workspace.createFileSystemWatcher(DOCUMENTS);
    const touched = (uri: vscode.Uri) => this.touched(uri);
    this.subscriptions = [
      watcher,
      watcher.onDidChange(touched),
      watcher.onDidCreate(touched),
      watcher.onDidDelete(touched),
    ];
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private touched(uri: vscode.Uri): void {
    const project = this.projects.containing(uri);
    if (!project?.ready || NOT_CORPUS.test(uri.path.slice(project.folder.path.length + 1))) return;
    clearTimeout(this.timers.get(project.path));
    this.timers.set(
      project.path,
      setTimeout(() => {
        this.timers.delete(project.path);
        void project.loadCorpus(true).then(() => project.loadCounts());
      }, QUIET_MS),
    );
  }
}
