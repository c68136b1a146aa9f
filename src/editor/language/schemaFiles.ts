import * as vscode from 'vscode';
import type { Shell } from '../platform/shell.ts';
import { SchemaNode } from './jsonSchema.ts';

export type SchemaName = 'smt' | 'endpoints' | 'targets';

/** The generated JSON Schemas, read from the extension when the first YAML file of ours asks. */
export class SchemaFiles {
  private readonly read = new Map<SchemaName, Promise<SchemaNode | undefined>>();

  constructor(private readonly shell: Shell) {}

  get(name: SchemaName): Promise<SchemaNode | undefined> {
    const present = this.read.get(name);
    if (present) return present;
    const reading = this.load(name);
    this.read.set(name, reading);
    return reading;
  }

  private async load(name: SchemaName): Promise<SchemaNode | undefined> {
    const file = vscode.Uri.joinPath(this.shell.context.extensionUri, 'media', 'schemas', `${name}.schema.json`);
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
      return SchemaNode.parse(JSON.parse(text));
    } catch (error) {
      this.shell.log.error(`schema ${name} cannot be read`, error);
      return undefined;
    }
  }
}
