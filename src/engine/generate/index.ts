/**
 * The rooms put together: the generating job, the estimate before it, and what the log has that the table has not.
 * The only room that knows corpus, llm, synth and samples at once.
 */
export { tableOutdated } from './basis.ts';
export { estimateProject } from './estimateProject.ts';
export { describeGenerator, type GeneratorDescription } from './generator.ts';
export { samplesBehind } from './logTail.ts';
export { openProjectCorpus } from './projectCorpus.ts';
export { runGenerate } from './runGenerate.ts';
