import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import { buildIndex, tuneRetrieval } from '../flows/retrieval.ts';
import { asProjectNode } from '../flows/target.ts';
import type { RetrievalPanels } from '../panels/retrievalPanel.ts';

/** Commands of the RAG baseline: the index, and a panel to try it. */
export function retrievalCommands(context: EditorContext, panels: RetrievalPanels) {
  const { projects } = context;
  const projectOf = (argument: unknown) =>
    asProjectNode(argument)?.project ?? projects.choose(argument instanceof vscode.Uri ? argument : undefined);
  return {
    'smt.buildIndex': async (argument: unknown) => buildIndex(context, await projectOf(argument)),
    'smt.tryRetrieval': async (argument: unknown) => panels.open(await projectOf(argument)),
    'smt.tuneRetrieval': async (argument: unknown) => {
      const project = await projectOf(argument);
      const run = await tuneRetrieval(context, project);
      if (run !== undefined) panels.open(project);
      return run;
    },
  };
}
