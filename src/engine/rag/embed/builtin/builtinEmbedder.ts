import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireBuiltin, type BuiltinEndpoint, type SetUpProgress } from '../../../llm/builtin/index.ts';
import { EndpointClient } from '../../endpointClient.ts';
import { RetrievalProblem } from '../../problem.ts';
import type { Embedder } from '../embedder.ts';
import { vectorsOf } from '../embeddingAnswer.ts';
import { builtinEmbedderState, MODEL_NAME, setUpBuiltinEmbedder } from './setUp.ts';

export interface BuiltinEmbedderOptions {
  /** True: download what is missing (somebody agreed). False: refuse with what it would take. */
  setUp: boolean;
  onProgress?: (progress: SetUpProgress) => void;
  signal?: AbortSignal;
}

/** What of a text the encoder was trained to read is 256 tokens; it accepts 512, and whole chunks serve retrieval better. */
const MOST_TOKENS = 512;
const BATCH = 16;

/**
 * MiniLM-L6 in llama.cpp's server: a process of its own, shared by all that embed, on the loopback with a random key,
 * stopped with its last user. Texts are turned into tokens here, so that they can be cut to what the encoder holds.
 * @throws RetrievalProblem `builtin` where it is not set up and may not be; BuiltinProblem where it cannot be
 */
export async function openBuiltinEmbedder(options: BuiltinEmbedderOptions): Promise<Embedder> {
  const state = await builtinEmbedderState();
  if (!state.installed && !options.setUp) throw new RetrievalProblem('builtin', state.message);
  const files = await setUpBuiltinEmbedder(options);
  let lost: string | undefined;
  const server: BuiltinEndpoint = await acquireBuiltin({
    registry: { endpoints: {}, builtin: { gguf: files.gguf, small: true } },
    onLost: (problem) => {
      lost = problem.message;
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const [client, encode] = await Promise.all([EndpointClient.of(server.endpoint), tokenizer(files.tokenizer)]);
  let truncated = 0;
  return {
    id: `builtin/${MODEL_NAME}`,
    label: `${MODEL_NAME} (built-in)`,
    queryPrefix: '',
    batch: BATCH,
    parallel: 2,
    maxTokens: MOST_TOKENS,
    get truncated() {
      return truncated;
    },
    async embed(texts, _role, signal) {
      if (lost !== undefined) throw new RetrievalProblem('endpoint', lost);
      const input = texts.map((text) => {
        const ids = encode(text);
        if (ids.length <= MOST_TOKENS) return ids;
        truncated += 1;
        const last = ids.at(-1);
        return [...ids.slice(0, MOST_TOKENS - 1), ...(last === undefined ? [] : [last])];
      });
      if (input.length === 0) return [];
      const answer = await client.post('/embeddings', { model: server.endpoint.model, input }, signal);
      return vectorsOf(answer, texts.length, 'the built-in embedder');
    },
    async close() {
      await client.close();
      await server.release();
    },
  };
}

/** WordPiece ids with [CLS] in front and [SEP] at the end. */
async function tokenizer(file: string): Promise<(text: string) => number[]> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const objectIn = async (path: string): Promise<object> => {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) throw new Error(`${path} is not a tokenizer`);
    return value;
  };
  const made = new Tokenizer(await objectIn(file), await objectIn(join(file, '..', 'tokenizer_config.json')));
  return (text) => made.encode(text).ids;
}
