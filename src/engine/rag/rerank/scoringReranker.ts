import { type EndpointClient, RefusedRequest } from '../endpointClient.ts';
import { RetrievalProblem } from '../problem.ts';
import { inPieces, type Reranker } from './reranker.ts';

type Api = 'rerank' | 'score';

/** A way of asking: where, and with which names. Servers agree on the idea only. */
interface Shape {
  url: string;
  body(question: string, passages: readonly string[]): object;
}

const MOST_PASSAGES = 64;

/**
 * `/rerank` as Cohere, Jina, vLLM (`documents`, `results[].relevance_score`) and TEI (`texts`, a bare list) speak it, or
 * vLLM's `/score`. Which shape a server takes is found at the first request and kept.
 */
export function scoringReranker(client: EndpointClient, api: Api): Reranker {
  const { endpoint } = client;
  const shapes =
    api === 'rerank' ? rerankShapes(endpoint.baseUrl, endpoint.model) : scoreShapes(endpoint.baseUrl, endpoint.model);
  let known: Shape | undefined;
  let most = MOST_PASSAGES;

  const ask = async (shape: Shape, question: string, passages: readonly string[], signal?: AbortSignal) =>
    scoresOf(await client.postTo(shape.url, shape.body(question, passages), signal), passages.length, shape.url);

  const score = async (question: string, passages: readonly string[], signal?: AbortSignal): Promise<number[]> => {
    if (passages.length === 0) return [];
    if (!known) {
      known = await firstAnswering(shapes, async (shape) => {
        await ask(shape, question, passages.slice(0, 1), signal);
      });
    }
    const shape = known;
    const piece = async (texts: readonly string[]): Promise<number[]> => {
      try {
        return await ask(shape, question, texts, signal);
      } catch (error) {
        const tooMany = error instanceof RefusedRequest && [400, 413, 422].includes(error.status) && texts.length > 1;
        if (!tooMany) throw error;
        most = Math.min(most, Math.ceil(texts.length / 2));
        return inPieces(texts, { size: most, parallel: 1 }, piece);
      }
    };
    return inPieces(passages, { size: most, parallel: 2 }, piece);
  };
  return {
    id: `${api}/${endpoint.model}`,
    label: `${endpoint.model} (${endpoint.id})`,
    score,
    close: () => client.close(),
  };
}

function rerankShapes(baseUrl: string, model: string): Shape[] {
  const root = baseUrl.replace(/\/v\d+$/, '');
  const cohere = (url: string): Shape => ({
    url,
    body: (query, documents) => ({ model, query, documents, top_n: documents.length }),
  });
  const tei: Shape = { url: `${root}/rerank`, body: (query, texts) => ({ query, texts, truncate: true }) };
  return [cohere(`${baseUrl}/rerank`), ...(root === baseUrl ? [] : [cohere(`${root}/rerank`)]), tei];
}

function scoreShapes(baseUrl: string, model: string): Shape[] {
  const root = baseUrl.replace(/\/v\d+$/, '');
  return [...new Set([`${root}/score`, `${baseUrl}/score`])].map((url) => ({
    url,
    body: (text_1, text_2) => ({ model, text_1, text_2 }),
  }));
}

async function firstAnswering(shapes: readonly Shape[], attempt: (shape: Shape) => Promise<void>): Promise<Shape> {
  const reasons: string[] = [];
  for (const shape of shapes) {
    try {
      await attempt(shape);
      return shape;
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      reasons.push(error.message);
    }
  }
  throw new RetrievalProblem('endpoint', `No known shape of reranking request is answered. ${reasons.join(' ')}`);
}

/**
 * Scores in order of the passages from `{results: [{index, relevance_score}]}`, `{data: [{index, score}]}` or
 * `[{index, score}]`. @throws RetrievalProblem `malformed`
 */
export function scoresOf(answer: unknown, passages: number, from: string): number[] {
  const wrong = (what: string) =>
    new RetrievalProblem('malformed', `${from} did not answer as a reranker does: ${what}.`);
  const list = listIn(answer);
  if (!list) throw wrong('there is no list of results');
  const scores: (number | undefined)[] = Array.from({ length: passages });
  for (const [position, entry] of list.entries()) {
    if (typeof entry !== 'object' || entry === null) throw wrong(`result ${position} is no object`);
    const index = 'index' in entry ? entry.index : position;
    const score = 'relevance_score' in entry ? entry.relevance_score : 'score' in entry ? entry.score : undefined;
    if (typeof index !== 'number' || !(index >= 0 && index < passages))
      throw wrong(`result ${position} has the index ${index}`);
    if (typeof score !== 'number' || !Number.isFinite(score)) throw wrong(`result ${position} has no score`);
    scores[index] = score;
  }
  const complete = scores.filter((score) => score !== undefined);
  if (complete.length !== passages) throw wrong(`${complete.length} scores for ${passages} passages`);
  return complete;
}

function listIn(answer: unknown): unknown[] | undefined {
  if (Array.isArray(answer)) return answer;
  if (typeof answer !== 'object' || answer === null) return undefined;
  if ('results' in answer && Array.isArray(answer.results)) return answer.results;
  if ('data' in answer && Array.isArray(answer.data)) return answer.data;
  return undefined;
}
