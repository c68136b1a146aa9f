import * as vscode from 'vscode';
import type { CorpusDocument } from '../../contract/corpus.ts';
import { Server } from '../../contract/rpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { ProjectNode } from '../views/projectTree.ts';
import { locatePassage } from './locatePassage.ts';

/** What a right-click was made on: whole documents, or one passage of one document. */
export interface Target {
  readonly project: OpenProject;
  readonly documents: readonly CorpusDocument[];
  /** Character offsets into the extracted text; only with one document. */
  readonly range?: { readonly start: number; readonly end: number };
  /** For titles: a file or folder name. */
  readonly label: string;
}

/**
 * The target of a command: a tree item, explorer files and folders, the editor's selection or the active file.
 * `args` are what VS Code passes to menus: the clicked resource and all selected ones.
 * @throws Failure that says why there is nothing to generate from.
 */
export async function targetOf({ projects, server }: EditorContext, args: readonly unknown[]): Promise<Target> {
  await projects.all();
  const [clicked, all] = args;
  const node = asProjectNode(clicked);
  if (node) return ofNode(node);
  const uris = asUris(all).length > 0 ? asUris(all) : asUris([clicked]);
  const editor = vscode.window.activeTextEditor;
  const selected =
    editor &&
    !editor.selection.isEmpty &&
    (uris.length === 0 || uris[0]?.toString() === editor.document.uri.toString());
  if (uris.length === 0 && !editor) {
    throw new Failure(
      vscode.l10n.t('No document is chosen.'),
      vscode.l10n.t('Right-click a file, a folder or a selected passage.'),
    );
  }
  const [first = editor?.document.uri] = uris;
  const project = await projects.choose(first);
  const documents = await documentsUnder(project, uris.length > 0 ? uris : first ? [first] : []);
  const label = first?.path.split('/').at(-1) ?? project.name;
  const [document] = documents;
  if (!selected || !document || documents.length > 1) return { project, documents, label };
  return { project, documents, label, range: await rangeOf(server, project, document, editor) };
}

async function documentsUnder(project: OpenProject, uris: readonly vscode.Uri[]): Promise<CorpusDocument[]> {
  if (!project.corpus) await project.loadCorpus();
  const { corpus } = project;
  if (!corpus) throw new Failure(vscode.l10n.t('The corpus has not been read.'), vscode.l10n.t('The log says why.'));
  const inside = uris.map((uri) => uri.path.slice(project.folder.path.length).replace(/^\//, ''));
  const documents = corpus.documents.filter(({ path }) =>
    inside.some((prefix) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`)),
  );
  if (documents.length > 0) return documents;
  const [path = ''] = inside;
  const unreadable = corpus.unreadable.find((file) => file.path === path);
  if (unreadable) throw new Failure(vscode.l10n.t('{0} cannot be read.', path), unreadable.message);
  throw new Failure(
    vscode.l10n.t('No document of the corpus is in {0}.', path || project.name),
    vscode.l10n.t('“corpus.include” in smt.yaml says which files belong to it.'),
  );
}

async function rangeOf(
  server: EditorContext['server'],
  project: OpenProject,
  document: CorpusDocument,
  { document: shown, selection }: vscode.TextEditor,
): Promise<{ start: number; end: number }> {
  const { text } = await server.ask(Server.documentText, { project: project.path, document: document.id });
  const hint = shown.offsetAt(selection.start) / Math.max(1, shown.getText().length);
  const range = locatePassage(text, shown.getText(selection), hint);
  if (range) return range;
  throw new Failure(
    vscode.l10n.t('The selected passage is not in the text that was read from {0}.', document.path),
    vscode.l10n.t('Save the file, or select whole sentences without markup.'),
  );
}

function ofNode(node: ProjectNode): Target {
  const { project } = node;
  const corpus = project.corpus?.documents ?? [];
  switch (node.kind) {
    case 'file':
      return { project, documents: node.entry.documents, label: node.entry.name };
    case 'row':
      return { project, documents: [node.document], label: node.document.title || node.document.id };
    case 'folder': {
      const { path, name } = node.entry;
      return { project, documents: corpus.filter((document) => document.path.startsWith(`${path}/`)), label: name };
    }
    case 'project':
    case 'corpus':
    case 'methods':
    case 'method':
    case 'datasets':
    case 'dataset':
    case 'badDataset':
    case 'checkpoints':
    case 'checkpoint':
      return { project, documents: corpus, label: project.name };
    case 'unreadable':
      throw new Failure(vscode.l10n.t('{0} cannot be read.', node.entry.path), node.entry.file.message);
  }
}

/** VS Code hands the tree's own objects back; anything else that other extensions may pass is refused. */
export function asProjectNode(value: unknown): ProjectNode | undefined {
  return isProjectNode(value) ? value : undefined;
}

const kinds: ReadonlySet<unknown> = new Set<ProjectNode['kind']>([
  'project',
  'corpus',
  'folder',
  'file',
  'row',
  'unreadable',
  'methods',
  'method',
  'datasets',
  'dataset',
  'badDataset',
  'checkpoints',
  'checkpoint',
]);

function isProjectNode(value: unknown): value is ProjectNode {
  return typeof value === 'object' && value !== null && 'kind' in value && 'project' in value && kinds.has(value.kind);
}

function asUris(value: unknown): vscode.Uri[] {
  return Array.isArray(value) ? value.filter((entry) => entry instanceof vscode.Uri) : [];
}
