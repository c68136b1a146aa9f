import * as vscode from 'vscode';
import type { CorpusDocument } from '../../contract/corpus.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { Projects } from '../project/projects.ts';
import {
  type CorpusEntry,
  type CorpusFile,
  type CorpusFolder,
  type Coverage,
  corpusFolders,
  type UnreadableEntry,
} from './corpusFolders.ts';
import { count } from './figures.ts';
import { type TrainingNode, trainingChildren, trainingItem } from './trainingNodes.ts';

interface Of {
  readonly project: OpenProject;
}
export type ProjectNode = Of &
  (
    | { readonly kind: 'project' }
    | { readonly kind: 'corpus'; readonly root: CorpusFolder }
    | { readonly kind: 'folder'; readonly entry: CorpusFolder }
    | { readonly kind: 'file'; readonly entry: CorpusFile }
    | { readonly kind: 'row'; readonly document: CorpusDocument }
    | { readonly kind: 'unreadable'; readonly entry: UnreadableEntry }
    | { readonly kind: 'methods' }
    | { readonly kind: 'method'; readonly id: string }
    | TrainingNode
  );

/** A file of a million rows is one line with a count, not a million lines. */
const MOST_ROWS = 500;
const NONE = vscode.TreeItemCollapsibleState.None;
const CLOSED = vscode.TreeItemCollapsibleState.Collapsed;
const OPEN = vscode.TreeItemCollapsibleState.Expanded;

/** The *Project* view: documents by folder with what was made of them, unreadable files with their reason, methods. */
export class ProjectTree implements vscode.TreeDataProvider<ProjectNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ProjectNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private pending: NodeJS.Timeout | undefined;

  constructor(private readonly projects: Projects) {
    this.subscriptions = [
      projects.onDidChange(({ part }) => part !== 'jobs' && this.redrawSoon()),
      projects.onDidChangeList(() => this.redrawSoon()),
    ];
  }

  async getChildren(node?: ProjectNode): Promise<ProjectNode[]> {
    if (!node) {
      const all = await this.projects.all();
      const [only] = all;
      if (!only) return [];
      return all.length === 1 ? this.parts(only) : all.map((project) => ({ kind: 'project', project }));
    }
    const { project } = node;
    switch (node.kind) {
      case 'project':
        return this.parts(project);
      case 'corpus':
        return node.root.children.map((entry) => ofEntry(project, entry));
      case 'folder':
        return node.entry.children.map((entry) => ofEntry(project, entry));
      case 'file':
        return node.entry.documents.slice(0, MOST_ROWS).map((document) => ({ kind: 'row', project, document }));
      case 'methods':
        return (project.state?.methods ?? []).map(({ id }) => ({ kind: 'method', project, id }));
      case 'row':
      case 'unreadable':
      case 'method':
        return [];
      case 'datasets':
      case 'dataset':
      case 'badDataset':
      case 'checkpoints':
      case 'checkpoint':
        return trainingChildren(node, project).map((child) => ({ ...child, project }));
    }
  }

  getTreeItem(node: ProjectNode): vscode.TreeItem {
    switch (node.kind) {
      case 'project':
        return projectItem(node.project);
      case 'corpus':
        return corpusItem(node.root, node.project);
      case 'folder':
        return folderItem(node.entry, node.project);
      case 'file':
        return fileItem(node.entry, node.project);
      case 'row':
        return rowItem(node.document, node.project);
      case 'unreadable':
        return unreadableItem(node.entry, node.project);
      case 'methods': {
        const item = new vscode.TreeItem(vscode.l10n.t('Methods'), OPEN);
        item.id = `${node.project.path}:methods`;
        item.iconPath = new vscode.ThemeIcon('beaker');
        item.contextValue = 'methods';
        return item;
      }
      case 'method':
        return methodItem(node.id, node.project);
      case 'datasets':
      case 'dataset':
      case 'badDataset':
      case 'checkpoints':
      case 'checkpoint':
        return trainingItem(node, node.project);
    }
  }

  dispose(): void {
    clearTimeout(this.pending);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  /** Empty (so that welcome content shows) until there is something to draw. */
  private parts(project: OpenProject): ProjectNode[] {
    const { corpus, counts, ready } = project;
    if (!ready || !corpus || corpus.documents.length + corpus.unreadable.length === 0) return [];
    return [
      { kind: 'corpus', project, root: corpusFolders(corpus, counts) },
      { kind: 'methods', project },
      { kind: 'datasets', project },
      { kind: 'checkpoints', project },
    ];
  }

  /** While samples arrive ten times a second, a tree twice a second is enough. */
  private redrawSoon(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.changed.fire(undefined);
    }, 500);
  }
}

function ofEntry(project: OpenProject, entry: CorpusEntry): ProjectNode {
  switch (entry.kind) {
    case 'folder':
      return { kind: 'folder', project, entry };
    case 'file':
      return { kind: 'file', project, entry };
    case 'unreadable':
      return { kind: 'unreadable', project, entry };
  }
}

function uriOf(project: OpenProject, path: string): vscode.Uri {
  return vscode.Uri.joinPath(project.folder, path);
}

function projectItem(project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(project.name, CLOSED);
  item.id = project.path;
  item.description =
    project.loading.kind === 'failed' ? project.loading.reason : vscode.workspace.asRelativePath(project.folder);
  item.iconPath = new vscode.ThemeIcon('book');
  item.contextValue = 'project';
  return item;
}

/** `12 samples · 3,400 tokens`; an estimate says so. */
function describe({ accepted, stale, tokens, exact }: Coverage): string {
  const parts = [
    accepted > 0 ? vscode.l10n.t('{0} samples', count(accepted, vscode.env.language)) : undefined,
    stale > 0 ? vscode.l10n.t('{0} stale', count(stale, vscode.env.language)) : undefined,
    exact
      ? vscode.l10n.t('{0} tokens', count(tokens, vscode.env.language))
      : vscode.l10n.t('about {0} tokens', count(tokens, vscode.env.language)),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function corpusItem(root: CorpusFolder, project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Corpus'), OPEN);
  item.id = `${project.path}:corpus`;
  item.iconPath = new vscode.ThemeIcon('library');
  item.contextValue = 'corpus';
  const unreadable = root.unreadable > 0 ? ` · ${vscode.l10n.t('{0} unreadable', root.unreadable)}` : '';
  item.description = `${vscode.l10n.t('{0} documents', count(root.documents, vscode.env.language))} · ${describe(root.coverage)}${unreadable}`;
  item.tooltip = project.corpus && vscode.l10n.t('Tokens counted by {0}', project.corpus.tokens.by);
  return item;
}

function folderItem(entry: CorpusFolder, project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(entry.name, CLOSED);
  item.id = `${project.path}:folder:${entry.path}`;
  item.resourceUri = uriOf(project, entry.path);
  item.iconPath = vscode.ThemeIcon.Folder;
  item.contextValue = 'folder';
  item.description = describe(entry.coverage);
  return item;
}

function fileItem(entry: CorpusFile, project: OpenProject): vscode.TreeItem {
  const [first] = entry.documents;
  const rows = first !== undefined && (entry.documents.length > 1 || first.id !== first.path);
  const item = new vscode.TreeItem(entry.name, rows ? CLOSED : NONE);
  item.id = `${project.path}:file:${entry.path}`;
  item.resourceUri = uriOf(project, entry.path);
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = 'document';
  item.description = rows
    ? `${vscode.l10n.t('{0} documents', count(entry.documents.length, vscode.env.language))} · ${describe(entry.coverage)}`
    : describe(entry.coverage);
  item.tooltip = [first?.title, entry.path, ...Object.values(first?.metadata ?? {})].filter(Boolean).join('\n');
  item.command = {
    command: 'smt.openDocument',
    title: vscode.l10n.t('Open Document'),
    arguments: [{ kind: 'file', project, entry }],
  };
  return item;
}

function rowItem(document: CorpusDocument, project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(document.title || document.id, NONE);
  item.id = `${project.path}:row:${document.id}`;
  item.iconPath = new vscode.ThemeIcon('symbol-text');
  item.contextValue = 'document';
  const counted = project.counts?.documents.find((entry) => entry.document === document.id);
  item.description = describe({
    accepted: counted?.accepted ?? 0,
    rejected: counted?.rejected ?? 0,
    stale: counted?.stale ?? 0,
    tokens: document.tokens.tokens,
    exact: document.tokens.exact,
  });
  item.tooltip = [document.id, ...Object.values(document.metadata)].join('\n');
  item.command = {
    command: 'smt.openDocumentSamples',
    title: vscode.l10n.t('Show Samples'),
    arguments: [{ kind: 'row', project, document }],
  };
  return item;
}

function unreadableItem({ path, name, file }: UnreadableEntry, project: OpenProject): vscode.TreeItem {
  const item = new vscode.TreeItem(name, NONE);
  item.id = `${project.path}:unreadable:${path}`;
  item.resourceUri = uriOf(project, path);
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = 'unreadable';
  item.description = file.message;
  item.tooltip = `${path}\n${file.message}`;
  item.accessibilityInformation = { label: vscode.l10n.t('{0}, not read: {1}', name, file.message) };
  return item;
}

function methodItem(id: string, project: OpenProject): vscode.TreeItem {
  const method = project.state?.methods.find((entry) => entry.id === id);
  const counted = project.counts?.methods.find((entry) => entry.method === id);
  const item = new vscode.TreeItem(method?.label ?? id, NONE);
  item.id = `${project.path}:method:${id}`;
  item.iconPath = new vscode.ThemeIcon(method?.kind === 'qa' ? 'question' : 'note');
  item.contextValue = 'method';
  item.description = !method?.enabled
    ? vscode.l10n.t('off in smt.yaml')
    : counted
      ? vscode.l10n.t(
          '{0} accepted · {1} rejected · {2} tokens',
          count(counted.accepted, vscode.env.language),
          count(counted.rejected, vscode.env.language),
          count(counted.tokens, vscode.env.language),
        )
      : vscode.l10n.t('no samples yet');
  item.command = {
    command: 'smt.openDocumentSamples',
    title: vscode.l10n.t('Show Samples'),
    arguments: [{ kind: 'method', project, id }],
  };
  return item;
}
