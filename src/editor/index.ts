/**
 * The editor: all code that imports `vscode`. It draws what the engine's process says and asks it for everything else:
 * commands, views, the Samples panel's host side, consent, keys, and the language of smt.yaml.
 * `src/extension.ts` registers at activation; `composition.ts` and everything below it is a bundle of its own
 * (`dist/editor.js`), loaded when a command, a view or a restored panel first needs it.
 */
export { type CommandId, commandCatalogue, commandIds } from './commands/catalogue.ts';
export type { Editor } from './composition.ts';
export type { TestAccess } from './testAccess.ts';
