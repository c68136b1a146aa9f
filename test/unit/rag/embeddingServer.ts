import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request, or gives undefined for the ordinary answer. */
export type Fault = (request: { path: string; body: Record<string, unknown>; number: number }) => Reply | undefined;
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Never answers. */
  hold?: true;
}

export const DIMENSION = 24;

/** A bag-of-words embedding: texts that share words are near each other, and everybody can compute it. */
export function embeddingOf(text: string, dimension = DIMENSION): number[] {
  const vector = Array.from({ length: dimension }, (_, at) => 0.001 * (at + 1));
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let hash = 2166136261;
    for (const letter of word) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619) >>> 0;
    vector[hash % dimension] = (vector[hash % dimension] ?? 0) + 1;
  }
  return vector;
}

/** A server that speaks /v1/embeddings, /v1/models and whatever a fault answers, over real HTTP. */
export class EmbeddingServer {
  readonly requests: { path: string; body: Record<string, unknown>; authorization: string | undefined }[] = [];
  fault: Fault | undefined;
  dimension = DIMENSION;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `http://127.0.0.1:${(address satisfies AddressInfo).port}/v1`;
  }

  /** Texts that were embedded, in the order they came. */
  get embedded(): string[] {
    return this.requests.flatMap(({ path, body }) =>
      path === '/v1/embeddings' && Array.isArray(body.input) ? body.input.map(String) : [],
    );
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const path = request.url ?? '';
    const text = Buffer.concat(chunks).toString();
    const body: Record<string, unknown> = text ? JSON.parse(text) : {};
    this.requests.push({ path, body, authorization: request.headers.authorization });
    const reply = this.fault?.({ path, body, number: this.requests.length }) ?? this.#ordinary(path, body);
    if (reply.hold) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  }

  #ordinary(path: string, body: Record<string, unknown>): Reply {
    if (path === '/v1/models') return { body: { data: [{ id: 'bag-of-words' }] } };
    if (path === '/v1/embeddings' && Array.isArray(body.input)) {
      const data = body.input.map((text, index) => ({ index, embedding: embeddingOf(String(text), this.dimension) }));
      return { body: { data: data.reverse() } };
    }
    return { status: 404, body: { error: { message: `no ${path}` } } };
  }
}
