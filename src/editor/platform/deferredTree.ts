import * as vscode from 'vscode';

/** A tree that is registered at activation and filled by a provider that is loaded when the view is first shown. */
export class DeferredTree<Node> implements vscode.TreeDataProvider<Node> {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private provider: Promise<vscode.TreeDataProvider<Node>> | undefined;

  constructor(private readonly load: () => Promise<vscode.TreeDataProvider<Node>>) {}

  private async loaded(): Promise<vscode.TreeDataProvider<Node>> {
    this.provider ??= this.load().then((provider) => {
      provider.onDidChangeTreeData?.((node) =>
        this.changed.fire(Array.isArray(node) ? undefined : (node ?? undefined)),
      );
      return provider;
    });
    return this.provider;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    return (await (await this.loaded()).getChildren(node)) ?? [];
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return (await this.loaded()).getTreeItem(node);
  }
}
