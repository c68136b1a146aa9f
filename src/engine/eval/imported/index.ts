/**
 * Figures of other programs beside ours: logs of lm-evaluation-harness and Inspect are read once, what an interval needs is
 * kept under `.smt/evaluation/imported`, and the report shows it as what it is: measured elsewhere, with a prompt and an
 * engine that are not known here, so never compared. No question's text is kept.
 */
export { importedCells } from './importedCells.ts';
export { ImportedLogs, importLogs, removeImported } from './importedStore.ts';
export { LogProblem, logBytes, parseJson } from './logFile.ts';
export { readLog } from './readLog.ts';
