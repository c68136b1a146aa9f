/**
 * The prompt profile of very small models (below 3B parameters): one sentence at a time, few-shot, answers and first
 * words picked by rules, every text checked against its source by rules. The methods have the ids of the standard
 * ones, so that a project, its reviews and its mixtures do not care. Toy quality, honestly labelled (reference:
 * docs/benchmarks.md); the standard prompts are for larger models.
 */
export { smallActiveReadingMethod } from './activeReading.ts';
export { smallFocalRewritingMethod } from './focalRewriting.ts';
export { smallQaMethod } from './qa.ts';
