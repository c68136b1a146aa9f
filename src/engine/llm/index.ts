/**
 * A request answered: the user's endpoints and which key may go where, adaptive concurrency, and the append-only
 * logs of what was asked and what was answered. Everything else in the product is derived from those logs.
 * Knows HTTP and files; knows nothing of documents, methods or samples.
 */
export {
  addEndpoint,
  hasConsent,
  type LoadedRegistry,
  loadRegistry,
  recordConsent,
  registryFile,
} from './endpointRegistry.ts';
export { type DetectedServer, detectLocalServers, testEndpoint } from './localServers.ts';
export { isLoopback, originOf } from './origin.ts';
export { type EndpointResolution, resolveEndpoint } from './resolveEndpoint.ts';
