import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';

export const TEXT_SCHEME = 'smt-text';
/** A log's tail: what fits is read, never the whole file. */
const MOST_LOG_BYTES = 256 * 1024;
const MOST_EVENTS = 500;

type Shown = 'prompt' | 'completion' | 'log';

/** Prompts, raw completions and job logs as read-only documents: find, copy and word wrap are the editor's own. */
export class SampleTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly context: EditorContext) {
    // A log that is open follows its job.
    this.subscription = context.projects.onDidChange(({ part, project }) => {
      if (part !== 'jobs') return;
      for (const { uri } of vscode.workspace.textDocuments) {
        if (uri.scheme === TEXT_SCHEME && uri.path.startsWith('/log/') && uri.query === project.path) {
          this.changed.fire(uri);
        }
      }
    });
  }

  async show(project: OpenProject, shown: Shown, id: string): Promise<void> {
    const uri = vscode.Uri.from({
      scheme: TEXT_SCHEME,
      path: `/${shown}/${id}.${shown === 'log' ? 'log' : 'md'}`,
      query: project.path,
    });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const [, shown, id] = /^\/(prompt|completion|log)\/([a-z0-9-]+)\.(?:md|log)$/.exec(uri.path) ?? [];
    const known = (await this.context.projects.all()).find(({ path }) => path === uri.query);
    if (!known || !id) return vscode.l10n.t('The project of this text is not open in this window.');
    try {
      if (shown === 'log') return await this.log(known, id);
      const lineage = await this.context.server.ask(Server.lineage, { project: known.path, sample: id }, { token });
      if (shown === 'completion') return lineage.completion?.raw ?? vscode.l10n.t('There is no completion.');
      return lineage.request.messages.map(({ role, content }) => `--- ${role} ---\n\n${content}`).join('\n\n');
    } catch (error) {
      return sentenceOf(error);
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  /** The run's events in words, then what its process wrote. */
  private async log(project: OpenProject, run: string): Promise<string> {
    const { events } = await this.context.server.ask(Server.jobEvents, {
      project: project.path,
      run,
      limit: MOST_EVENTS,
    });
    const lines = events.flatMap((event) => {
      const { v: _v, seq: _seq, ts, run: _run, attempt: _attempt, type, ...rest } = event;
      if (type === 'heartbeat') return [];
      return [`${new Date(ts * 1000).toISOString()} ${type} ${JSON.stringify(rest)}`];
    });
    const output = await tail(vscode.Uri.joinPath(project.folder, '.smt', 'runs', run, 'stdout.log').fsPath);
    return [...lines, ...(output ? ['', '--- stdout.log ---', output] : [])].join('\n');
  }
}

/** The last part of a file, from a line's beginning; empty when there is none. */
async function tail(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - MOST_LOG_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const text = buffer.toString('utf8', 0, bytesRead);
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
