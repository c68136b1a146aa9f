import * as vscode from 'vscode';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { ConfigDiagnostics } from './configDiagnostics.ts';
import { allowed, propertiesOf, type SchemaNode, schemaAt, valuesOf } from './jsonSchema.ts';
import { projectCodeLenses } from './projectCodeLens.ts';
import { SchemaFiles, type SchemaName } from './schemaFiles.ts';
import { yamlPosition } from './yamlPosition.ts';

const PROJECT_FILE: vscode.DocumentSelector = { language: 'yaml', pattern: '**/smt.yaml' };
const REGISTRY_FILE: vscode.DocumentSelector = { language: 'yaml', scheme: 'file' };

/**
 * Completion, hover, red lines and CodeLens for smt.yaml, the endpoint registry and the targets file, without another extension: VS
 * Code's own schemas do not cover YAML. Where Red Hat's YAML extension is installed, `yamlValidation` gives it the same
 * schema and completion and hover are left to it.
 */
export class ProjectLanguage implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly schemas: SchemaFiles;
  private readonly diagnostics: ConfigDiagnostics;

  constructor(private readonly context: EditorContext) {
    this.schemas = new SchemaFiles(context.shell);
    this.diagnostics = new ConfigDiagnostics(context);
    const provider: vscode.CompletionItemProvider & vscode.HoverProvider = {
      provideCompletionItems: (document, position) => this.complete(document, position),
      provideHover: (document, position) => this.hover(document, position),
    };
    for (const selector of [PROJECT_FILE, REGISTRY_FILE]) {
      this.subscriptions.push(
        vscode.languages.registerCompletionItemProvider(selector, provider, ':', ' '),
        vscode.languages.registerHoverProvider(selector, provider),
      );
    }
    this.subscriptions.push(
      this.diagnostics,
      vscode.languages.registerCodeLensProvider(PROJECT_FILE, { provideCodeLenses: projectCodeLenses }),
    );
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async complete(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[] | undefined> {
    const root = await this.schemaOf(document);
    if (!root) return undefined;
    const at = yamlPosition(document.getText().split(/\r?\n/), position.line, position.character);
    const range = new vscode.Range(position.line, at.wordStart, position.line, position.character);
    if (at.inValue && at.key !== undefined) return this.values(document, root, [...at.path, at.key], range);
    const parent = schemaAt(root, at.path);
    if (!parent) return undefined;
    return propertiesOf(root, parent)
      .filter(([key]) => !at.siblings.includes(key) || key === at.key)
      .map(([key, schema]) => keyItem(root, key, schema, range));
  }

  private async values(
    document: vscode.TextDocument,
    root: SchemaNode,
    path: string[],
    range: vscode.Range,
  ): Promise<vscode.CompletionItem[]> {
    // The ids that exist are the user's; the schema knows their form only.
    if (path.join('.') === 'generator.endpoints' && this.nameOf(document) === 'smt') {
      const { endpoints } = await this.context.server.ask(Server.listEndpoints, null);
      return [...new Set(['builtin', ...endpoints.map(({ id }) => id)])].map((id) => {
        const item = new vscode.CompletionItem(id, vscode.CompletionItemKind.Reference);
        item.range = range;
        item.detail = endpoints.find((endpoint) => endpoint.id === id)?.origin ?? vscode.l10n.t('Built-in model');
        return item;
      });
    }
    const schema = schemaAt(root, path);
    return (schema ? valuesOf(root, schema) : []).map((value) => {
      const item = new vscode.CompletionItem(String(value), vscode.CompletionItemKind.EnumMember);
      item.range = range;
      return item;
    });
  }

  private async hover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    const root = await this.schemaOf(document);
    if (!root) return undefined;
    const at = yamlPosition(document.getText().split(/\r?\n/), position.line, position.character);
    if (at.key === undefined || /^\s*#/.test(document.lineAt(position.line).text)) return undefined;
    const schema = schemaAt(root, [...at.path, at.key]);
    return schema && new vscode.Hover(describe(root, schema, at.key));
  }

  private async schemaOf(document: vscode.TextDocument): Promise<SchemaNode | undefined> {
    const name = this.nameOf(document);
    if (!name || vscode.extensions.getExtension('redhat.vscode-yaml')) return undefined;
    return this.schemas.get(name);
  }

  private nameOf(document: vscode.TextDocument): SchemaName | undefined {
    if (document.uri.path.endsWith('/smt.yaml')) return 'smt';
    if (document.uri.fsPath === this.diagnostics.registryFile) return 'endpoints';
    return isTargetsFile(document.uri) ? 'targets' : undefined;
  }
}

/** The user's targets: the file in `SMT_TARGETS`, else the one beside the default registry. */
function isTargetsFile(uri: vscode.Uri): boolean {
  const named = process.env.SMT_TARGETS;
  return named ? uri.fsPath === named : uri.path.endsWith('/.config/smt/targets.yaml');
}

function keyItem(root: SchemaNode, key: string, schema: SchemaNode, range: vscode.Range): vscode.CompletionItem {
  const item = new vscode.CompletionItem(key, vscode.CompletionItemKind.Property);
  const nested = propertiesOf(root, schema).length > 0;
  item.range = range;
  item.insertText = nested ? new vscode.SnippetString(`${key}:\n  $0`) : `${key}: `;
  item.detail = allowed(root, schema);
  item.documentation = describe(root, schema, key);
  return item;
}

function describe(root: SchemaNode, schema: SchemaNode, key: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString(`**${key}**`);
  const kinds = allowed(root, schema);
  if (kinds) text.appendMarkdown(` · ${kinds}`);
  if (schema.description) text.appendMarkdown(`\n\n${schema.description}`);
  if (schema.default !== undefined && typeof schema.default !== 'object') {
    text.appendMarkdown(`\n\n${vscode.l10n.t('Default: {0}', `\`${String(schema.default)}\``)}`);
  }
  return text;
}
