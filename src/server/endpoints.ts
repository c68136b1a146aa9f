import type { EndpointRegistry } from '../contract/endpoints.ts';
import { Server } from '../contract/rpc.ts';
import { builtinState } from '../engine/llm/builtin/index.ts';
import {
  addEndpoint,
  detectLocalServers,
  hasConsent,
  isLoopback,
  loadRegistry,
  originOf,
  recordConsent,
  testEndpoint,
} from '../engine/llm/index.ts';
import type { Session } from './session.ts';

/** endpoints/* and builtin/*: the user's registry, servers on this machine, the model we start ourselves. */
export function answerEndpoints(session: Session): void {
  session.answerTrusted(Server.detectServers, async () => ({ servers: await detectLocalServers() }));
  session.answer(Server.listEndpoints, async () => {
    const { file, registry, problems } = await loadRegistry();
    return { file, problems, endpoints: Object.entries(registry.endpoints).map((entry) => listed(entry, registry)) };
  });
  session.answerTrusted(Server.addEndpoint, ({ id, base_url, model, key_env }) =>
    addEndpoint(id, {
      base_url,
      ...(model === undefined ? {} : { model }),
      ...(key_env === undefined ? {} : { key_env }),
    }),
  );
  session.answerTrusted(Server.testEndpoint, ({ base_url, key }) => testEndpoint(base_url, key));
  session.answerTrusted(Server.consentOrigin, ({ origin }) => recordConsent(origin));
  session.answer(Server.builtinState, async () => {
    const { registry } = await loadRegistry();
    const { installed, python, download_mb, message } = await builtinState(
      registry.builtin?.gguf === undefined ? {} : { gguf: registry.builtin.gguf },
    );
    return { installed, python, download_mb, message };
  });
}

function listed([id, entry]: [string, EndpointRegistry['endpoints'][string]], registry: EndpointRegistry) {
  const origin = originOf(entry.base_url);
  const local = isLoopback(entry.base_url);
  return {
    id,
    origin,
    base_url: entry.base_url,
    ...(entry.model === undefined ? {} : { model: entry.model }),
    local,
    consented: local || hasConsent(registry, origin),
    ...(entry.key_env === undefined ? {} : { key_env: entry.key_env }),
  };
}
