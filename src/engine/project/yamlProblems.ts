import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ConfigProblem } from '../../contract/project.ts';

export type YamlResult<T> = { ok: true; value: T } | { ok: false; problems: ConfigProblem[] };

/**
 * Parses a YAML text and checks it with a schema. Every problem names file, line, key and what is allowed, so that
 * the editor can underline it and the terminal can print it. An empty file is read as `{}`.
 */
export function parseYaml<T>(file: string, text: string, schema: z.ZodType<T>): YamlResult<T> {
  const lines = new LineCounter();
  // Aliases can make a small file explode; no configuration of ours needs more than a few.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      file,
      ...at(error.pos[0]),
      key: '',
      message: `not valid YAML: ${error.message}`,
    }));
    return { ok: false, problems };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [{ file, line: 1, column: 1, key: '', message: `not valid YAML: ${reason}` }] };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems: ConfigProblem[] = [];
  // What else a newer file has would be called unknown or not allowed.
  const newer = parsed.error.issues.find((issue) => isNewer(issue, value));
  for (const issue of newer ? [newer] : parsed.error.issues) {
    for (const { path, message } of issue === newer ? writtenByNewer(issue) : readable(issue)) {
      const onKey = issue.code === 'unrecognized_keys' || issue.code === 'invalid_key';
      problems.push({
        file,
        ...at(offsetOf(document.contents, path, onKey)),
        key: path.map(String).join('.'),
        message,
      });
    }
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems };
}

/** More than this say no more to a person: a file of another kind is wrong in every line. */
const MOST_SHOWN = 10;

/** Problems one a line, the first ten, and how many more there are. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const shown = problems.slice(0, MOST_SHOWN).map(formatProblem);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n');
}

/** `file:line:column key: message`, as compilers print it. */
export function formatProblem(problem: ConfigProblem): string {
  const key = problem.key ? ` ${problem.key}:` : '';
  return `${problem.file}:${problem.line}:${problem.column}${key} ${problem.message}`;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A version that this program does not know yet, where there is one. */
function isNewer(issue: Issue, value: unknown): boolean {
  if (issue.code !== 'invalid_value' || issue.path.join('.') !== 'v') return false;
  const v = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  return typeof v === 'number' && issue.values.every((known) => Number(known) < v);
}

function writtenByNewer(issue: Issue): { path: Path; message: string }[] {
  const known = issue.code === 'invalid_value' ? issue.values.map(String).join(', ') : '';
  return [
    {
      path: issue.path,
      message: `a newer version of this program wrote this file: update it (it reads ${known} here)`,
    },
  ];
}

function readable(issue: Issue): { path: Path; message: string }[] {
  const { path } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown key' }));
    case 'invalid_value':
      return [{ path, message: `not allowed here; allowed: ${issue.values.map(String).join(', ')}` }];
    case 'invalid_type':
      return [
        {
          path,
          message:
            issue.input === undefined && issue.message.includes('undefined')
              ? `missing; expected ${issue.expected}`
              : `wrong type; expected ${issue.expected}`,
        },
      ];
    case 'too_small':
      return [{ path, message: `too small; ${bound(issue.origin, issue.inclusive ? '≥' : '>', issue.minimum)}` }];
    case 'too_big':
      return [{ path, message: `too large; ${bound(issue.origin, issue.inclusive ? '≤' : '<', issue.maximum)}` }];
    case 'invalid_key':
      return [{ path, message: `not a valid name; ${issue.issues.map((inner) => inner.message).join(', ')}` }];
    case 'invalid_union': {
      const options = issue.errors.map((errors) => errors.map((inner) => readable(inner)[0]?.message).join(', '));
      return [{ path, message: options.length > 0 ? `none of: ${options.join('; or ')}` : issue.message }];
    }
    case 'invalid_format':
    case 'custom':
      return [{ path, message: `not valid; expected ${issue.message}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

function bound(origin: string, sign: string, limit: number | bigint): string {
  const what = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  return `allowed: ${sign} ${limit}${what}`;
}

/** Where a path starts in the text: its value, or for a key that is missing or unknown the nearest thing there is. */
function offsetOf(root: Node | null, path: Path, onKey: boolean): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (!pair) return offset;
      const key = pair.key;
      if (isScalar(key) && key.range) offset = key.range[0];
      node = pair.value;
      if (!onKey && depth === path.length - 1 && isScalar(node) && node.range && node.value !== null)
        return node.range[0];
    } else if (node && typeof node === 'object' && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(step)];
      if (node && typeof node === 'object' && 'range' in node && Array.isArray(node.range))
        offset = Number(node.range[0]);
    } else {
      return offset;
    }
  }
  return offset;
}
