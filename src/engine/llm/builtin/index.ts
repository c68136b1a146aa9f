/**
 * The built-in model: llama.cpp's server with SmolLM2-135M-Instruct, or a GGUF of the user's own, as a loopback
 * endpoint like any other. Set up once into the user-level cache (`setUpBuiltin`, after consent), then shared by all
 * processes that `acquireBuiltin`; it stops with its last user and comes back after a crash. All failures are
 * `BuiltinProblem`s that say what to do.
 */
export { type AcquireOptions, acquireBuiltin, type BuiltinEndpoint } from './acquire.ts';
export { builtinTokenizerFile, userCacheFolder } from './cacheFolder.ts';
export { BuiltinProblem, type BuiltinProblemKind } from './problem.ts';
export { type BuiltinState, builtinState, type Installation, type SetUpProgress, setUpBuiltin } from './setUp.ts';
