import { listModels } from './models.ts';

export interface DetectedServer {
  name: string;
  base_url: string;
  models: string[];
}

const USUAL = [
  { name: 'Ollama', port: 11434 },
  { name: 'LM Studio', port: 1234 },
  { name: 'vLLM', port: 8000 },
  { name: 'llama.cpp', port: 8080 },
] as const;

/** Model servers that run on this machine at their usual ports; asked at once, 500 ms each. No key is ever sent. */
export async function detectLocalServers(
  candidates: readonly { name: string; port: number }[] = USUAL,
  timeoutMs = 500,
): Promise<DetectedServer[]> {
  const found = await Promise.all(
    candidates.map(async ({ name, port }) => {
      const base_url = `http://127.0.0.1:${port}/v1`;
      const answer = await listModels(base_url, undefined, timeoutMs);
      return answer.ok ? [{ name, base_url, models: answer.models }] : [];
    }),
  );
  return found.flat();
}

/** Asks an endpoint for its models and says in words what is wrong. */
export async function testEndpoint(
  baseUrl: string,
  key?: string,
): Promise<{ ok: boolean; models: string[]; message: string }> {
  const answer = await listModels(baseUrl, key);
  if (!answer.ok) return { ok: false, models: [], message: answer.message };
  if (answer.models.length === 0) return { ok: true, models: [], message: 'The server answers but lists no model.' };
  return {
    ok: true,
    models: answer.models,
    message: `${answer.models.length} model(s): ${answer.models.slice(0, 3).join(', ')}`,
  };
}
