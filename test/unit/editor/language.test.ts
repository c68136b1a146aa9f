import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allowed, propertiesOf, SchemaNode, schemaAt, valuesOf } from '../../../src/editor/language/jsonSchema.ts';
import { yamlPosition } from '../../../src/editor/language/yamlPosition.ts';

/** `|` is the cursor. */
function at(text: string) {
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('|'));
  const column = lines[line]?.indexOf('|') ?? 0;
  return yamlPosition(
    lines.map((one) => one.replace('|', '')),
    line,
    column,
  );
}

describe('the cursor in smt.yaml', () => {
  it('knows the mapping it is in, by indentation', () => {
    expect(at('corpus:\n  include:\n    - a\nmethods:\n  qa:\n    en|')).toMatchObject({
      path: ['methods', 'qa'],
      inValue: false,
      wordStart: 4,
    });
    expect(at('corpus:\n  include: []\n|')).toMatchObject({ path: [], siblings: ['corpus'] });
  });

  it('on an empty line is as deep as it stands', () => {
    expect(at('generator:\n  model: x\n  |')).toMatchObject({ path: ['generator'], siblings: ['model'] });
    expect(at('generator:\n  model: x\n|\nseed: 0')).toMatchObject({ path: [], siblings: ['generator', 'seed'] });
  });

  it('behind a colon is in the value of that key', () => {
    expect(at('generator:\n  profile: sm|')).toMatchObject({
      path: ['generator'],
      key: 'profile',
      inValue: true,
      wordStart: 11,
    });
  });

  it('in a list is in the value of the list’s key, indented or not', () => {
    expect(at('generator:\n  endpoints:\n    - loc|')).toMatchObject({
      path: ['generator'],
      key: 'endpoints',
      inValue: true,
    });
    expect(at('generator:\n  endpoints:\n  - |')).toMatchObject({
      path: ['generator'],
      key: 'endpoints',
      inValue: true,
    });
  });

  it('does not take comments and URLs for keys', () => {
    expect(at('# corpus:\nstudent:\n  # model: x\n  |')).toMatchObject({ path: ['student'], siblings: [] });
    expect(at('a:\n  base_url: http://x:1/v1|')).toMatchObject({ path: ['a'], key: 'base_url', inValue: true });
  });
});

describe('a schema under keys', () => {
  const root = SchemaNode.parse({
    type: 'object',
    properties: {
      generator: {
        type: 'object',
        properties: {
          profile: { type: 'string', enum: ['auto', 'small'], default: 'auto', description: 'Prompts.' },
          window_tokens: { type: 'integer', minimum: 128, maximum: Number.MAX_SAFE_INTEGER },
          on: { type: 'boolean' },
        },
      },
      endpoints: { type: 'object', additionalProperties: { $ref: '#/$defs/endpoint' } },
    },
    $defs: { endpoint: { type: 'object', properties: { base_url: { type: 'string' } } } },
  });
  const node = (...path: string[]) => {
    const found = schemaAt(root, path);
    if (!found) throw new Error(`no schema at ${path.join('.')}`);
    return found;
  };

  it('lists keys, values and what is allowed', () => {
    expect(propertiesOf(root, node('generator')).map(([key]) => key)).toEqual(['profile', 'window_tokens', 'on']);
    expect(valuesOf(root, node('generator', 'profile'))).toEqual(['auto', 'small']);
    expect(valuesOf(root, node('generator', 'on'))).toEqual([true, false]);
    expect(allowed(root, node('generator', 'window_tokens'))).toBe('integer, ≥ 128');
  });

  it('follows references through keys of the user’s own', () => {
    expect(propertiesOf(root, node('endpoints', 'my-server')).map(([key]) => key)).toEqual(['base_url']);
    expect(schemaAt(root, ['nothing'])).toBeUndefined();
  });

  it('is understood as it is generated for smt.yaml', () => {
    const file = join(import.meta.dirname, '../../../media/schemas/smt.schema.json');
    expect(existsSync(file), 'node scripts/schemas.mjs writes it').toBe(true);
    const schema = SchemaNode.parse(JSON.parse(readFileSync(file, 'utf8')));
    const keys = propertiesOf(schema, schema).map(([key]) => key);
    expect(keys).toEqual(expect.arrayContaining(['corpus', 'generator', 'methods', 'budget']));
    const profile = schemaAt(schema, ['generator', 'profile']);
    expect(profile && valuesOf(schema, profile)).toEqual(['auto', 'standard', 'small']);
    expect(profile?.description).toBeTruthy();
  });
});
