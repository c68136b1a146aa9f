import type { PauseCause } from '../../../contract/events.ts';
import type { ResolvedEndpoint } from '../types.ts';
import { judge } from '../verdict.ts';
import { EchoedCompletions } from './echoed.ts';
import { echoRequest } from './scoreTransport.ts';
import { scoringHttp } from './scoringHttp.ts';
import { tokenised } from './tokenise.ts';

/** How an endpoint can tell the likelihood of a text. */
export type ScoringAbility =
  /** By token ids; `chat`: it applies its model's chat template. */
  | { kind: 'apart'; chat: boolean }
  /** By text only. */
  | { kind: 'joined' }
  /** Not at all, and why. */
  | { kind: 'none'; reason: string }
  /** It did not say: a person is needed, or it is away. */
  | { kind: 'unknown'; cause: PauseCause; message: string };

const PROBE = 'One two three';
const PROBE_MS = 60_000;

/**
 * Asks an endpoint once, with a few words of ours, whether it can tell the likelihood of a prompt: vLLM, SGLang and some
 * hosts answer `/completions` with `echo` and `logprobs`; llama.cpp's server refuses or ignores `echo`, and chat-only
 * endpoints have no such path.
 */
export async function probeScoring(endpoint: ResolvedEndpoint, signal: AbortSignal): Promise<ScoringAbility> {
  const http = await scoringHttp(endpoint);
  const call = { id: 'smt-probe', signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]) };
  try {
    const plain = await tokenised(http, endpoint.model, { prompt: PROBE }, call);
    const sent = plain.ok ? plain.ids : PROBE;
    const ask = () => http.post('/completions', echoRequest(endpoint.model, [sent]), call);
    let result = await ask();
    // Some servers break on `echo` (500) where others were only unlucky: both say more when asked again.
    for (let more = 2; more > 0 && result.kind === 'response' && result.status === 500; more--) result = await ask();
    if (result.kind === 'response' && result.status === 200) {
      if (!holdsLikelihoods(result.text, plain.ok ? plain.ids.length : 2))
        return { kind: 'none', reason: 'its /completions does not give the likelihood of what was sent' };
      if (!plain.ok) return { kind: 'joined' };
      const messages = [{ role: 'user', content: PROBE }];
      return { kind: 'apart', chat: (await tokenised(http, endpoint.model, { messages }, call)).ok };
    }
    const verdict = judge(result);
    if (result.kind === 'response' && ![401, 402, 403, 429, 502, 503, 504].includes(result.status)) {
      const said = 'message' in verdict ? verdict.message : `status ${result.status}`;
      return { kind: 'none', reason: `its /completions refuses echo and logprobs (${said.slice(0, 200)})` };
    }
    const cause = verdict.kind === 'stop' ? verdict.cause : verdict.kind === 'rate_limited' ? 'quota' : 'endpoint';
    const message = 'message' in verdict ? verdict.message : 'stopped';
    return { kind: 'unknown', cause, message: `${endpoint.id} (${endpoint.origin}): ${message}` };
  } finally {
    await http.close();
  }
}

/** At least as many tokens as were sent, and a likelihood for each but the first. */
function holdsLikelihoods(text: string, tokens: number): boolean {
  try {
    const [choice] = EchoedCompletions.parse(JSON.parse(text)).choices;
    const logs = choice?.logprobs.token_logprobs ?? [];
    return logs.length >= tokens && logs.slice(1, tokens).every((log) => log !== null);
  } catch {
    return false;
  }
}
