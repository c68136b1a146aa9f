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

/**
 * The deterministic id of a request: 128 bits of the SHA-256 of its identity as canonical JSON, 32 hex digits.
 * Hashes of the texts are taken once elsewhere, so that a million ids take about two seconds.
 */
export function requestId(identity: RequestIdentity): string {
  let params = canonicalParams.get(identity.params);
  if (params === undefined) {
    params = canonical(identity.params);
    canonicalParams.set(identity.params, params);
  }
  let inputs = '';
  for (const name of Object.keys(identity.inputs).sort())
    inputs += `${JSON.stringify(name)}:"${identity.inputs[name]}",`;
  return contentHash(
    `1|${identity.template}|{${inputs}}|${JSON.stringify(identity.model)}|${params}|${identity.schema ?? ''}|${identity.replica}`,
  );
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
