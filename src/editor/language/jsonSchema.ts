import { z } from 'zod';

/** The part of JSON Schema that our generated schemas use. */
export interface SchemaNode {
  readonly type?: string | readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly additionalProperties?: boolean | SchemaNode | undefined;
  readonly items?: SchemaNode | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
  readonly $ref?: string | undefined;
  readonly $defs?: Readonly<Record<string, SchemaNode>> | undefined;
}

export const SchemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    properties: z.record(z.string(), SchemaNode).optional(),
    additionalProperties: z.union([z.boolean(), SchemaNode]).optional(),
    items: SchemaNode.optional(),
    anyOf: z.array(SchemaNode).optional(),
    $ref: z.string().optional(),
    $defs: z.record(z.string(), SchemaNode).optional(),
  }),
);

/** The schema of the value under these keys; undefined for a key the file may not have. */
export function schemaAt(root: SchemaNode, path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const key of path) {
    if (!node) return undefined;
    node = child(root, node, key);
  }
  return node && resolve(root, node);
}

/** Keys that a mapping may have, with their schemas. */
export function propertiesOf(root: SchemaNode, node: SchemaNode): [key: string, schema: SchemaNode][] {
  return alternatives(root, node).flatMap((one) => Object.entries(one.properties ?? {}));
}

/** Values that can be listed: enums, constants, booleans; of the items where the value is a list. */
export function valuesOf(root: SchemaNode, node: SchemaNode): unknown[] {
  return alternatives(root, node).flatMap((one) => {
    if (one.enum) return [...one.enum];
    if (one.const !== undefined) return [one.const];
    if (one.type === 'boolean') return [true, false];
    return one.items ? valuesOf(root, one.items) : [];
  });
}

/** What is allowed, in a few words: `integer, at least 128`. */
export function allowed(root: SchemaNode, node: SchemaNode): string {
  const parts = alternatives(root, node).map((one) => {
    if (one.enum) return one.enum.map((value) => `\`${String(value)}\``).join(' | ');
    if (one.const !== undefined) return `\`${String(one.const)}\``;
    const type = typeof one.type === 'string' ? one.type : (one.type?.join(' | ') ?? '');
    const least = one.minimum !== undefined && one.minimum > Number.MIN_SAFE_INTEGER ? `≥ ${one.minimum}` : '';
    const above = one.exclusiveMinimum !== undefined ? `> ${one.exclusiveMinimum}` : '';
    const most = one.maximum !== undefined && one.maximum < Number.MAX_SAFE_INTEGER ? `≤ ${one.maximum}` : '';
    return [type, least, above, most].filter(Boolean).join(', ');
  });
  return [...new Set(parts.filter(Boolean))].join(' or ');
}

function child(root: SchemaNode, node: SchemaNode, key: string): SchemaNode | undefined {
  for (const one of alternatives(root, node)) {
    const found = one.properties?.[key];
    if (found) return found;
    if (typeof one.additionalProperties === 'object') return one.additionalProperties;
    if (one.items) {
      const inItem = child(root, one.items, key);
      if (inItem) return inItem;
    }
  }
  return undefined;
}

function alternatives(root: SchemaNode, node: SchemaNode): SchemaNode[] {
  const one = resolve(root, node);
  return one.anyOf ? one.anyOf.flatMap((other) => alternatives(root, other)) : [one];
}

function resolve(root: SchemaNode, node: SchemaNode): SchemaNode {
  if (!node.$ref?.startsWith('#/$defs/')) return node;
  const found = root.$defs?.[node.$ref.slice('#/$defs/'.length)];
  return found ? { ...resolve(root, found), ...(node.description ? { description: node.description } : {}) } : node;
}
