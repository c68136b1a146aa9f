/**
 * What evaluations say: all runs' answers merged into cells, each accuracy with its interval, differences only between
 * cells that can be compared, the scaling curve, and everything behind a single answer. Reads run directories and the
 * answer log; writes nothing.
 */
export { type AnswerSources, answerDetail } from './answerDetail.ts';
export { AnswerLogs } from './answerLogs.ts';
export { answerPage } from './answerRows.ts';
export { breakdown } from './breakdown.ts';
export { cellNotes } from './cellNotes.ts';
export { compareCells } from './comparisons.ts';
export type { Book, BookCell } from './evaluationBook.ts';
export { HARNESS, HARNESS_COLUMNS, harnessRow } from './harnessRows.ts';
export { IMPORTED, IMPORTED_COLUMNS, importedRow } from './importedRows.ts';
export { exportLmEval, type LmEvalSources } from './lmEvalExport.ts';
export { MOST_ANSWERS, PAGE_MARK, reportPage, sampledAnswers } from './page/index.ts';
export { Report, readReport } from './readReport.ts';
export { cellReports, cellTable, reportText } from './reportText.ts';
export { passageOf, taughtBy } from './taughtBy.ts';
export { binomialHint, COVERS, COVERS_DECODING, comparisonText, scalingName, scalingText } from './wording.ts';
