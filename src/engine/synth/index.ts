/**
 * Methods that turn documents into samples. A method is a file, its prompts and a registry line; the plan pulls its
 * requests one at a time; the deriver makes samples of answers, as a pure function of log and plan order.
 * Knows documents, prompts, draws, duplicates and leaks; knows nothing of HTTP, tables or editors.
 */

export { type BenchmarkQuestion, LeakGate, type SampleTexts } from './dedupe/leakGate.ts';
export { normalised } from './dedupe/normalise.ts';
export { type Derived, Deriver, derivedFrom, withVerdict } from './derive/deriver.ts';
export { type Amendment, DocumentVerdicts, type LeakWarning } from './derive/documentVerdicts.ts';
export { type CountsTokens, type DerivedRequest, failedSample } from './derive/samplesOf.ts';
export { gate, PARSER_VERSION } from './parse/gate.ts';
export { type AddResult, addToPlan, type NewAddition } from './plan/additions.ts';
export { GenerationPlan, type GenerationPlanOptions } from './plan/generationPlan.ts';
export type { PlanCounts } from './plan/planCounts.ts';
export type { RequestRecords } from './plan/recorded.ts';
export { type PlannedMethod, SynthRequest } from './plan/synthRequest.ts';
export { expectedRequests, withPrerequisites } from './plan/wishes.ts';
export { methodLabels, methodsFor, type Profile } from './registry.ts';
export { loadPrompts, type Prompts, readPromptOverrides } from './template/prompts.ts';
export { trainingText } from './trainingText.ts';
