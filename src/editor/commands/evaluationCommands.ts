import * as vscode from 'vscode';
import type { EditorContext } from '../editorContext.ts';
import { draftBenchmark, evaluate } from '../flows/evaluate.ts';
import { runExperiment } from '../flows/experiment.ts';
import { exportResults } from '../flows/exportResults.ts';
import { importResults } from '../flows/importResults.ts';
import { asProjectNode } from '../flows/target.ts';
import { validateJudge } from '../flows/validateJudge.ts';

/** Commands of the evaluation: ask the benchmarks, draft one, validate the judge, run the whole loop, results out and in. */
export function evaluationCommands(context: EditorContext) {
  const { projects, shell } = context;
  const tell = (said: string | null) => (said === null ? undefined : shell.dialogs.tell('info', said));
  const projectOf = (argument: unknown) =>
    asProjectNode(argument)?.project ?? projects.choose(argument instanceof vscode.Uri ? argument : undefined);
  return {
    'smt.evaluate': async (argument: unknown) => evaluate(context, await projectOf(argument)),
    'smt.exportResults': async (argument: unknown) => tell(await exportResults(context, await projectOf(argument))),
    'smt.importResults': async (argument: unknown) => tell(await importResults(context, await projectOf(argument))),
    'smt.runExperiment': async (argument: unknown) => runExperiment(context, await projectOf(argument)),
    'smt.draftBenchmark': async (argument: unknown) => draftBenchmark(context, await projectOf(argument)),
    'smt.validateJudge': async (argument: unknown) => validateJudge(context, await projectOf(argument)),
  };
}
