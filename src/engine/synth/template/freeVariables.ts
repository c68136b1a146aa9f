import { parse, tokenize } from '@huggingface/jinja';

/** Names Jinja itself brings. `strftime_now` is left out on purpose: a prompt must not depend on the clock. */
const BUILT_IN = new Set(['true', 'false', 'none', 'True', 'False', 'None', 'range', 'namespace']);

type Names = ReadonlySet<string>;

/** What a template's source asks for: its free variables, and field accesses on them (texts have no fields). */
export interface TemplateNames {
  free: ReadonlySet<string>;
  /** `title.length`-like accesses: `[variable, field]`. */
  fields: readonly (readonly [variable: string, field: string])[];
}

/**
 * The variables a Jinja source reads without defining them itself. @huggingface/jinja renders an undefined variable
 * as nothing; a prompt with a hole in it costs money and looks fine, so we look for holes before anything is sent.
 * Throws what the Jinja parser throws on a syntax error.
 */
export function templateNames(source: string): TemplateNames {
  const free = new Set<string>();
  const fields: [string, string][] = [];
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  statements(program.body, new Set());
  return { free, fields };

  function statements(body: unknown, outer: Names): Names {
    let names = outer;
    for (const statement of list(body)) names = visit(statement, names);
    return names;
  }

  /** Returns the names known to what follows in the same block. */
  function visit(node: unknown, names: Names): Names {
    if (!isNode(node)) return names;
    switch (node.type) {
      case 'Identifier':
        read(text(node, 'value'), names);
        return names;
      case 'If': {
        visit(get(node, 'test'), names);
        const then = statements(get(node, 'body'), names);
        const otherwise = statements(get(node, 'alternate'), names);
        return union(then, otherwise);
      }
      case 'For': {
        const inside = with_(names, [...targets(get(node, 'loopvar')), 'loop']);
        const iterable = get(node, 'iterable');
        if (isNode(iterable) && iterable.type === 'SelectExpression') {
          visit(get(iterable, 'lhs'), names);
          visit(get(iterable, 'test'), inside);
        } else visit(iterable, names);
        statements(get(node, 'body'), inside);
        statements(get(node, 'defaultBlock'), names);
        return names;
      }
      case 'Set': {
        visit(get(node, 'value'), names);
        statements(get(node, 'body'), names);
        const assignee = get(node, 'assignee');
        if (isNode(assignee) && assignee.type === 'MemberExpression') visit(get(assignee, 'object'), names);
        return with_(names, targets(assignee));
      }
      case 'Macro': {
        const name = targets(get(node, 'name'));
        const known = with_(names, [...name, 'caller']);
        statements(get(node, 'body'), parameters(get(node, 'args'), known));
        return with_(names, name);
      }
      case 'CallStatement':
        visit(get(node, 'call'), names);
        statements(get(node, 'body'), parameters(get(node, 'callerArgs'), names));
        return names;
      case 'FilterStatement':
        filter(get(node, 'filter'), names);
        statements(get(node, 'body'), names);
        return names;
      case 'FilterExpression':
        visit(get(node, 'operand'), names);
        filter(get(node, 'filter'), names);
        return names;
      case 'TestExpression':
        visit(get(node, 'operand'), names);
        return names;
      case 'KeywordArgumentExpression':
        visit(get(node, 'value'), names);
        return names;
      case 'MemberExpression':
        member(node, names, false);
        return names;
      case 'CallExpression': {
        const callee = get(node, 'callee');
        if (isNode(callee) && callee.type === 'MemberExpression') member(callee, names, true);
        else visit(callee, names);
        for (const argument of list(get(node, 'args'))) visit(argument, names);
        return names;
      }
      case 'BinaryExpression':
        // Not by the default: the operator is a token, and `and`, `in` … are tokens of type Identifier.
        visit(get(node, 'left'), names);
        visit(get(node, 'right'), names);
        return names;
      case 'UnaryExpression':
        visit(get(node, 'argument'), names);
        return names;
      case 'ObjectLiteral': {
        const entries = get(node, 'value');
        if (entries instanceof Map) {
          for (const [key, value] of entries) {
            visit(key, names);
            visit(value, names);
          }
        }
        return names;
      }
      default:
        // Literals, operators, ternaries, slices: every nested node is read in the same scope.
        for (const value of Object.values(node)) {
          if (Array.isArray(value)) for (const part of value) visit(part, names);
          else visit(value, names);
        }
        return names;
    }
  }

  function member(node: object, names: Names, called: boolean): void {
    const object = get(node, 'object');
    visit(object, names);
    if (get(node, 'computed') === true) {
      visit(get(node, 'property'), names);
      return;
    }
    const variable = isNode(object) && object.type === 'Identifier' ? text(object, 'value') : '';
    const property = get(node, 'property');
    if (!called && variable !== '' && !names.has(variable) && isNode(property)) {
      fields.push([variable, text(property, 'value')]);
    }
  }

  function filter(node: unknown, names: Names): void {
    // The filter's own name is no variable; its arguments are expressions.
    if (isNode(node) && node.type === 'CallExpression') {
      for (const argument of list(get(node, 'args'))) visit(argument, names);
    }
  }

  function parameters(args: unknown, names: Names): Names {
    const own: string[] = [];
    for (const argument of list(args)) {
      if (!isNode(argument)) continue;
      if (argument.type === 'KeywordArgumentExpression') {
        visit(get(argument, 'value'), names);
        own.push(...targets(get(argument, 'key')));
      } else own.push(...targets(argument));
    }
    return with_(names, own);
  }

  function read(name: string, names: Names): void {
    if (!names.has(name) && !BUILT_IN.has(name)) free.add(name);
  }
}

function targets(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.type === 'Identifier') return [text(node, 'value')];
  return node.type === 'TupleLiteral' ? list(get(node, 'value')).flatMap(targets) : [];
}

function isNode(value: unknown): value is { type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
function get(node: object, field: string): unknown {
  return Reflect.get(node, field);
}
function text(node: object, field: string): string {
  const value = get(node, field);
  return typeof value === 'string' ? value : '';
}
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
function with_(names: Names, more: readonly string[]): Names {
  return more.length === 0 ? names : new Set([...names, ...more]);
}
function union(a: Names, b: Names): Names {
  return new Set([...a, ...b]);
}
