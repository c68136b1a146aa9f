/**
 * Accepted samples and replay → a token-exact training set. Selection is pure numbers over token counts, so it is exact,
 * nested over budgets and the same for a seed; texts are tokenised once, by the student's own tokenizer, into a cache;
 * rows stream from there into Parquet. Written whole or not at all, beside a manifest and a data set card.
 */
export { DATASETS_FILE, type MixSpec, runMix, SHORTFALL_FILE } from './runMix.ts';
export { type FoundStudent, openStudent, type Student } from './student.ts';
export { shortfallText } from './topUp.ts';
