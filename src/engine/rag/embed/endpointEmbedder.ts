import { EndpointClient, type EndpointWish, RefusedRequest } from '../endpointClient.ts';
import type { Embedder } from './embedder.ts';
import { vectorsOf } from './embeddingAnswer.ts';

/** Hosted APIs take hundreds; servers on a machine of one's own often no more than 32 (TEI's default). */
const BATCH = { local: 32, remote: 96 };
const PARALLEL = { local: 4, remote: 8 };

/**
 * An OpenAI-compatible `/embeddings` (vLLM, Ollama, TEI, llama.cpp, hosted). A request that is refused for its size
 * (400, 413, 422) is cut in halves; a single text that is refused is the endpoint's last word.
 * @throws RetrievalProblem
 */
export async function openEndpointEmbedder(wish: EndpointWish & { queryPrefix: string }): Promise<Embedder> {
  const client = await EndpointClient.open(wish);
  const { endpoint } = client;
  const scale = endpoint.local ? 'local' : 'remote';
  /** Lowered when the server refuses a batch, so that it is not asked again for as much. */
  let most = Number.POSITIVE_INFINITY;
  const embed = async (texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> => {
    if (texts.length === 0) return [];
    if (texts.length > most) return halves(texts, most, signal);
    try {
      const answer = await client.post(
        '/embeddings',
        { model: endpoint.model, input: texts, encoding_format: 'float' },
        signal,
      );
      return vectorsOf(answer, texts.length, `${endpoint.baseUrl}/embeddings`);
    } catch (error) {
      const tooLarge = error instanceof RefusedRequest && [400, 413, 422].includes(error.status);
      if (!tooLarge || texts.length === 1) throw error;
      const half = Math.ceil(texts.length / 2);
      const vectors = await halves(texts, half, signal);
      most = Math.min(most, half);
      return vectors;
    }
  };
  const halves = async (texts: readonly string[], size: number, signal?: AbortSignal): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (let from = 0; from < texts.length; from += size)
      vectors.push(...(await embed(texts.slice(from, from + size), signal)));
    return vectors;
  };
  return {
    id: endpoint.model,
    label: `${endpoint.model} (${endpoint.id})`,
    queryPrefix: wish.queryPrefix,
    batch: BATCH[scale],
    parallel: Math.min(PARALLEL[scale], endpoint.maxConcurrency),
    truncated: 0,
    embed: (texts, role, signal) =>
      embed(role === 'query' && wish.queryPrefix ? texts.map((text) => wish.queryPrefix + text) : texts, signal),
    close: () => client.close(),
  };
}
