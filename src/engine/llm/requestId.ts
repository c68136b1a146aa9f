import { contentHash } from '../contentHash.ts';

/** What decides an answer, and nothing that does not: no URL, key, price, timeout or concurrency. */
export interface RequestIdentity {
  /** Content hash of the template's body. */
  template: string;
  /** Template variables by content hash. */
  inputs: Readonly<Record<string, string>>;
  model: string;
  /** Output-affecting parameters. */
  params: Readonly<Record<string, unknown>>;
  /** Content hash of the response schema. */
  schema?: string | undefined;
  /** 0-based: the same prompt drawn again. */
  replica: number;
}

const canonicalParams = new WeakMap<object, string>();

/** Gives the id of one request: the content hash of each input by name, and the replica. */
export type RequestIdWriter = (inputHash: (name: string) => string, replica: number) => string;

/**
 * The deterministic id of a request: 128 bits of the SHA-256 of its identity as canonical JSON, 32 hex digits.
 * Hashes of the texts are taken once elsewhere, so that a million ids take about two seconds.
 */
export function requestId(identity: RequestIdentity): string {
  const { inputs } = identity;
  return requestIds(identity, Object.keys(inputs))((name) => inputs[name] ?? '', identity.replica);
}

/** The same for many requests whose inputs have the same names: what they share is sorted and written once. */
export function requestIds(
  shared: Omit<RequestIdentity, 'inputs' | 'replica'>,
  inputNames: readonly string[],
): RequestIdWriter {
  let params = canonicalParams.get(shared.params);
  if (params === undefined) {
    params = canonical(shared.params);
    canonicalParams.set(shared.params, params);
  }
  const keys = [...inputNames].sort().map((name) => ({ name, opening: `${JSON.stringify(name)}:"` }));
  const head = `1|${shared.template}|{`;
  const tail = `}|${JSON.stringify(shared.model)}|${params}|${shared.schema ?? ''}|`;
  return (inputHash, replica) => {
    let identity = head;
    for (const { name, opening } of keys) identity += `${opening}${inputHash(name)}",`;
    return contentHash(`${identity}${tail}${replica}`);
  };
}

/** JSON with sorted keys; absent and undefined are the same. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
