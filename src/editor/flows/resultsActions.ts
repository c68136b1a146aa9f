import * as vscode from 'vscode';
import { ResultsServer } from '../../contract/resultsRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import type { ResultsActions } from '../panels/resultsPanel.ts';
import type { SamplesPanels } from '../panels/samplesPanel.ts';
import { Failure } from '../platform/failure.ts';
import { count } from '../views/figures.ts';
import { exportResults } from './exportResults.ts';
import { PREVIEW_REQUESTS, requireTrust } from './generate.ts';
import { importResults, removeImported } from './importResults.ts';
import { openSource } from './panelActions.ts';
import { passageAddition } from './passageAddition.ts';
import { generateAdditions } from './preview.ts';

/** What the Results page may start. */
export function resultsActions(context: EditorContext, samples: SamplesPanels): ResultsActions {
  return {
    async generateForPassage(project, question) {
      requireTrust();
      const taught = await context.server.ask(ResultsServer.taughtBy, { project: project.path, question });
      const addition = passageAddition(taught, PREVIEW_REQUESTS);
      if (!addition) {
        throw new Failure(
          vscode.l10n.t('It is not known which passage holds this answer.'),
          vscode.l10n.t('Give the benchmark’s questions a document, or evidence, and evaluate again.'),
        );
      }
      const title = vscode.l10n.t('Rewrites: {0}', addition.document);
      const begun = await generateAdditions(context, project, [addition], title);
      return begun.kind === 'started'
        ? { started: true, message: vscode.l10n.t('Started: rewrites of the passage, without the question.') }
        : {
            started: true,
            message: vscode.l10n.t('{0} requests joined the running job.', count(begun.requests, vscode.env.language)),
          };
    },
    async openSamples(project, question) {
      const { basis, passage } = await context.server.ask(ResultsServer.taughtBy, { project: project.path, question });
      samples.open(
        project,
        passage
          ? {
              filter: {
                documents: [passage.document],
                ...(basis === 'passage' ? { range: { start: passage.start, end: passage.end } } : {}),
              },
              document: passage.document,
            }
          : {},
      );
    },
    openSource: (project, document, passage) => openSource(context, project, document, passage),
    async evaluate() {
      requireTrust();
      if ((await vscode.commands.getCommands(true)).includes('smt.evaluate')) {
        await vscode.commands.executeCommand('smt.evaluate');
        return;
      }
      throw new Failure(vscode.l10n.t('Evaluate from a terminal: run “smt evaluate” in the project folder.'));
    },
    exportResults: (project) => exportResults(context, project),
    importResults: (project) => importResults(context, project),
    removeImported: (project, imports) => removeImported(context, project, imports),
  };
}
