/**
 * A request answered: the user's endpoints and which key may go where, adaptive concurrency, and the append-only
 * logs of what was asked and what was answered. Everything else in the product is derived from those logs.
 * Knows HTTP and files; knows nothing of documents, methods or samples.
 */

export type { BudgetCap } from './budget.ts';
export { CompletionLog, type CompletionState } from './completionLog.ts';
export { runRequests } from './dispatcher.ts';
export {
  addEndpoint,
  hasConsent,
  type LoadedRegistry,
  loadRegistry,
  recordConsent,
  registryFile,
} from './endpointRegistry.ts';
export type { LimitChange } from './limitController.ts';
export { type LogPosition, NewerFormatError } from './lineStore.ts';
export { type DetectedServer, detectLocalServers, testEndpoint } from './localServers.ts';
export { exportLog, importLog, type LogFolders } from './logArchive.ts';
export { isLoopback, originOf } from './origin.ts';
export { canonical, type RequestIdentity, requestId } from './requestId.ts';
export { RequestStore } from './requestStore.ts';
export { type EndpointResolution, resolveEndpoint } from './resolveEndpoint.ts';
export type { RunOptions } from './runOptions.ts';
export type { RunState } from './runState.ts';
export { isScore, probeScoring, type ScoreBody, type ScoringAbility, scoreTransport } from './scoring/index.ts';
export type * from './types.ts';
