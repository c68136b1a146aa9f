import * as vscode from 'vscode';
import type { ConfigProblem } from '../../contract/project.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { sentenceOf } from '../platform/failure.ts';

const QUIET_MS = 300;

/** Red lines in smt.yaml as it is typed and in the endpoint registry as it is saved; the engine says what is wrong. */
export class ConfigDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('smt');
  private readonly subscriptions: vscode.Disposable[];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Where the registry lies; known once the engine said so. */
  registryFile: string | undefined;

  constructor(private readonly context: EditorContext) {
    this.subscriptions = [
      this.collection,
      vscode.workspace.onDidOpenTextDocument((document) => this.soon(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.soon(document, QUIET_MS)),
      vscode.workspace.onDidSaveTextDocument((document) => this.saved(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.collection.delete(uri)),
    ];
    for (const document of vscode.workspace.textDocuments) this.soon(document, 0);
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private soon(document: vscode.TextDocument, delay: number): void {
    if (document.languageId === 'yaml' && !isProjectFile(document)) return void this.maybeRegistry(document);
    if (!isProjectFile(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => void this.check(document), delay),
    );
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    try {
      const { problems } = await this.context.server.ask(Server.checkProjectFile, {
        file: document.uri.fsPath,
        text: document.getText(),
      });
      if (document.isClosed || document.version !== version) return;
      this.collection.set(
        document.uri,
        problems.map((problem) => diagnosticOf(document, problem)),
      );
    } catch (error) {
      this.context.shell.log.debug(`smt.yaml not checked: ${sentenceOf(error)}`);
    }
  }

  private saved(document: vscode.TextDocument): void {
    if (document.languageId === 'yaml' && !isProjectFile(document)) void this.maybeRegistry(document);
  }

  /** The registry is not in the workspace, so only a file of its very path is looked at. */
  private async maybeRegistry(document: vscode.TextDocument): Promise<void> {
    if (document.uri.scheme !== 'file' || document.isDirty) return;
    try {
      const { file, problems } = await this.context.server.ask(Server.listEndpoints, null);
      this.registryFile = file;
      if (document.uri.fsPath !== file) return;
      this.collection.set(
        document.uri,
        problems.map((problem) => diagnosticOf(document, problem)),
      );
    } catch (error) {
      this.context.shell.log.debug(`registry not checked: ${sentenceOf(error)}`);
    }
  }
}

function isProjectFile({ uri }: vscode.TextDocument): boolean {
  return uri.path.endsWith('/smt.yaml') && uri.scheme === 'file';
}

function diagnosticOf(document: vscode.TextDocument, { line, column, key, message }: ConfigProblem): vscode.Diagnostic {
  const row = Math.min(Math.max(0, line - 1), Math.max(0, document.lineCount - 1));
  const text = document.lineAt(row).text;
  const from = Math.min(Math.max(0, column - 1), text.length);
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(row, from, row, Math.max(from + 1, text.trimEnd().length)),
    key ? `${key}: ${message}` : message,
    vscode.DiagnosticSeverity.Error,
  );
  diagnostic.source = 'smt.yaml';
  return diagnostic;
}
