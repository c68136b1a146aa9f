import * as vscode from 'vscode';
import { Failure } from '../platform/failure.ts';
import type { Shell } from '../platform/shell.ts';
import { hasProjectKey } from '../platform/startup.ts';
import type { EngineServer } from '../server/engineServer.ts';
import { OpenProject, type Part } from './openProject.ts';

export interface ProjectChange {
  readonly project: OpenProject;
  readonly part: Part;
}

/** Drives welcome content: what the first (or only) project is like. */
export const projectStateKey = 'smt.projectState';
const MOST_PROJECTS = 20;

/** The project folders of this window: found by their smt.yaml, opened in the engine, kept current. */
export class Projects implements vscode.Disposable {
  private readonly open = new Map<string, OpenProject>();
  private readonly changed = new vscode.EventEmitter<ProjectChange>();
  private readonly listed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[] = [];
  private discovery: Promise<void> | undefined;
  readonly onDidChange = this.changed.event;
  /** A project appeared or went. */
  readonly onDidChangeList = this.listed.event;

  constructor(
    private readonly shell: Shell,
    private readonly server: EngineServer,
  ) {
    const watcher = vscode.workspace.createFileSystemWatcher('**/smt.yaml');
    this.subscriptions.push(
      watcher,
      watcher.onDidCreate(() => void this.discover(true)),
      watcher.onDidDelete(() => void this.discover(true)),
      watcher.onDidChange((file) => void this.at(vscode.Uri.joinPath(file, '..'))?.load()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.discover(true)),
      server.onDidChangeState((state) => {
        if (state === 'down') for (const project of this.open.values()) this.fail(project);
        if (state === 'running') {
          for (const project of this.open.values()) {
            project.forgetRevisions();
            void project.load();
          }
        }
      }),
      server.onPush((push) => {
        const project = this.open.get(push.project);
        if (!project) return;
        if (push.kind === 'jobs') project.setJobs(push.revision, push.jobs);
        // Changed documents make samples stale, so the counts follow the corpus.
        else if (push.kind === 'corpus') void project.loadCorpus().then(() => project.loadCounts());
        else if (push.kind === 'samples') void project.loadCounts();
      }),
    );
  }

  /** All projects, after the first look. */
  async all(): Promise<readonly OpenProject[]> {
    await this.discover();
    return this.known();
  }

  known(): readonly OpenProject[] {
    return [...this.open.values()];
  }

  at(folder: vscode.Uri): OpenProject | undefined {
    return this.open.get(folder.fsPath);
  }

  /** The innermost project a file or folder belongs to. */
  containing(uri: vscode.Uri): OpenProject | undefined {
    return this.known()
      .filter(({ folder }) => uri.scheme === folder.scheme && isInside(folder.path, uri.path))
      .sort((one, other) => other.path.length - one.path.length)[0];
  }

  /**
   * The project a command is about: that of the file, else the active editor's, else the only one, else the one a
   * person picks.
   * @throws Failure where there is none.
   */
  async choose(uri?: vscode.Uri): Promise<OpenProject> {
    const all = await this.all();
    const near = uri ?? vscode.window.activeTextEditor?.document.uri;
    const found = (near && this.containing(near)) ?? (all.length === 1 ? all[0] : undefined);
    if (found) return found;
    if (all.length === 0) {
      throw new Failure(
        vscode.l10n.t('No project is open.'),
        vscode.l10n.t('Run “Create Synthetic Data Project” in the folder that holds your documents.'),
      );
    }
    const answer = await this.shell.dialogs.pick({
      title: vscode.l10n.t('Project'),
      placeholder: vscode.l10n.t('Which project?'),
      choices: all.map((project) => ({ label: project.name, description: project.path, value: project })),
    });
    if (answer.kind === 'answer') return answer.value;
    throw new vscode.CancellationError();
  }

  /** Finds smt.yaml files; `again` after something changed. */
  discover(again = false): Promise<void> {
    if (again || !this.discovery) this.discovery = this.find();
    return this.discovery;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    this.listed.dispose();
  }

  private async find(): Promise<void> {
    const files = await vscode.workspace.findFiles(
      '**/smt.yaml',
      '**/{node_modules,.smt,.demo,.git,dist}/**',
      MOST_PROJECTS,
    );
    const folders = new Map(files.map((file) => vscode.Uri.joinPath(file, '..')).map((uri) => [uri.fsPath, uri]));
    // The file search leaves out ignored folders; a workspace folder that is a project is one, ignored or not.
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      const file = vscode.Uri.joinPath(uri, 'smt.yaml');
      if (await vscode.workspace.fs.stat(file).then(Boolean, () => false)) folders.set(uri.fsPath, uri);
    }
    for (const path of this.open.keys()) if (!folders.has(path)) this.open.delete(path);
    for (const [path, folder] of folders) {
      if (this.open.has(path)) continue;
      const project = new OpenProject(folder, this.server, (of, part) => {
        this.changed.fire({ project: of, part });
        this.updateKeys();
      });
      this.open.set(path, project);
      void project.load();
    }
    this.updateKeys();
    this.listed.fire();
  }

  private fail(project: OpenProject): void {
    project.loading = {
      kind: 'failed',
      reason: vscode.l10n.t('The engine is not running.'),
    };
    this.changed.fire({ project, part: 'state' });
    this.updateKeys();
  }

  /** Context keys are set here and nowhere else after start. */
  private updateKeys(): void {
    const [first] = this.known();
    const state = !first
      ? 'none'
      : first.loading.kind === 'failed' && !first.corpus
        ? 'failed'
        : !first.state
          ? 'loading'
          : first.state.state === 'ready' && !first.corpus
            ? 'loading'
            : first.state.state;
    void vscode.commands.executeCommand('setContext', hasProjectKey, first !== undefined);
    void vscode.commands.executeCommand('setContext', projectStateKey, state);
  }
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
