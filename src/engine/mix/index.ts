/**
 * Accepted samples and replay → a token-exact training set. Selection is pure numbers over token counts, so it is exact,
 * nested over budgets and the same for a seed; texts are tokenised once, by the student's own tokenizer, into a cache;
 * rows stream from there into Parquet. Written whole or not at all, beside a manifest and a data set card.
 */
export { type FoundDataset, listDatasets, RowReader, readDataset, removeDataset, storedRows } from './datasets.ts';
export { type Exported, ExportProblem, exportDataset } from './exports/exportDataset.ts';
export { ChangedSamples } from './exports/sourceRows.ts';
export { lengthHistogram } from './lengths.ts';
export { planMixture, tokensBeforeMixing } from './plan.ts';
export { DATASETS_FILE, type MixSpec, runMix, SHORTFALL_FILE } from './runMix.ts';
export { type FoundStudent, openStudent, type Student } from './student.ts';
export { shortfallText } from './topUp.ts';
