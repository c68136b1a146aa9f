/**
 * The likelihood of given texts by an endpoint: whether it can, and the transport that answers `/v1/smt/score` with its
 * `/completions`.
 */
export { probeScoring, type ScoringAbility } from './probeScoring.ts';
export { isScore, type ScoreBody, scoreTransport } from './scoreTransport.ts';
