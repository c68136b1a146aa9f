import { RetrievalProblem } from '../problem.ts';
import { normalised } from './embedder.ts';

/**
 * The vectors of an OpenAI-shaped `/embeddings` answer in order of the inputs, normalised. Checked by hand and not with
 * a schema: a batch holds some hundred thousand numbers.
 * @throws RetrievalProblem `malformed` that says what is wrong
 */
export function vectorsOf(answer: unknown, inputs: number, from: string): Float32Array[] {
  const wrong = (what: string) =>
    new RetrievalProblem('malformed', `${from} did not answer as an embeddings endpoint does: ${what}.`);
  if (typeof answer !== 'object' || answer === null || !('data' in answer) || !Array.isArray(answer.data)) {
    throw wrong('there is no list "data"');
  }
  const entries: unknown[] = answer.data;
  if (entries.length !== inputs) throw wrong(`${entries.length} vectors for ${inputs} texts`);
  const vectors: Float32Array[] = [];
  for (const [position, entry] of entries.entries()) {
    if (typeof entry !== 'object' || entry === null || !('embedding' in entry))
      throw wrong(`entry ${position} has no "embedding"`);
    const index = 'index' in entry && typeof entry.index === 'number' ? entry.index : position;
    if (!Number.isInteger(index) || index < 0 || index >= inputs || vectors[index]) {
      throw wrong(`entry ${position} has the index ${index}`);
    }
    const raw = numbersOf(entry.embedding);
    if (!raw || raw.length === 0) throw wrong(`entry ${position} is not a list of numbers`);
    const unit = normalised(raw);
    if (!unit) throw wrong(`vector ${index} is zero or holds no number`);
    vectors[index] = unit;
  }
  const width = vectors[0]?.length ?? 0;
  if (vectors.some((vector) => vector.length !== width)) throw wrong('vectors of different lengths');
  return vectors;
}

/** A list of numbers, or the base64 of little-endian float32 that some servers send whatever was asked for. */
function numbersOf(embedding: unknown): ArrayLike<number> | undefined {
  if (typeof embedding === 'string') {
    const bytes = Buffer.from(embedding, 'base64');
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
    return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
  }
  if (!Array.isArray(embedding)) return undefined;
  const values: unknown[] = embedding;
  return values.every((value) => typeof value === 'number') ? values : undefined;
}
