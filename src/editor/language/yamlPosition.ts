/** Where a line of block-style YAML stands, read by indentation so that a half-written file still has an answer. */
export interface YamlPosition {
  /** Keys from the root to the mapping the cursor is in. */
  readonly path: readonly string[];
  /** The key on this line; undefined where none is written yet. */
  readonly key: string | undefined;
  /** The cursor is behind the colon, or in a list item under the last key of `path`. */
  readonly inValue: boolean;
  /** Keys that the same mapping has already. */
  readonly siblings: readonly string[];
  /** What is being typed: from this column of the line on. */
  readonly wordStart: number;
}

const KEY = /^(\s*)((?:- +)*)("[^"]*"|'[^']*'|[^\s#:'"[\]{}&*!|>%@`,-][^:#]*?)\s*:(?=\s|$)/;

interface Line {
  indent: number;
  key: string | undefined;
  listItem: boolean;
}

/**
 * @param lines of the file
 * @param line, column 0-based position of the cursor, column in UTF-16 units
 */
export function yamlPosition(lines: readonly string[], line: number, column: number): YamlPosition {
  const text = lines[line] ?? '';
  const before = text.slice(0, column);
  const here = read(text);
  const colon = here.key === undefined ? -1 : text.indexOf(':', text.search(KEY));
  const inKey = here.key !== undefined && column <= colon;
  // On an empty line the cursor's column says how deep the person is.
  const indent = text.trim() === '' ? column : here.indent;
  const parents = ancestors(lines, line, indent);
  const word = /[^\s,[\]{}:]*$/.exec(before);
  const wordStart = column - (word?.[0].length ?? 0);
  if (here.key !== undefined && !inKey) {
    return { path: parents, key: here.key, inValue: true, siblings: [], wordStart };
  }
  if (here.listItem && here.key === undefined) {
    return { path: parents.slice(0, -1), key: parents.at(-1), inValue: true, siblings: [], wordStart };
  }
  return { path: parents, key: here.key, inValue: false, siblings: siblings(lines, line, indent), wordStart };
}

function read(text: string): Line {
  const match = KEY.exec(text);
  const listItem = /^\s*- /.test(`${text} `);
  if (!match) return { indent: text.search(/\S|$/), key: undefined, listItem };
  const [, spaces = '', dashes = '', key = ''] = match;
  return { indent: spaces.length + dashes.length, key: key.replace(/^["']|["']$/g, ''), listItem };
}

function meaningful(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '' && !/^\s*#/.test(text);
}

/** Keys of the lines above that are less indented, outermost first. */
function ancestors(lines: readonly string[], line: number, indent: number): string[] {
  const path: string[] = [];
  let depth = indent;
  const dashed = /^\s*- /.test(`${lines[line] ?? ''} `);
  for (let at = line - 1; at >= 0 && (depth > 0 || dashed); at--) {
    const text = lines[at];
    if (!meaningful(text)) continue;
    const found = read(text);
    if (found.key === undefined) continue;
    // A list may stand at the same indentation as its key.
    const listUnderKey = dashed && path.length === 0 && found.indent === depth && !found.listItem;
    if (found.indent < depth || listUnderKey) {
      path.unshift(found.key);
      depth = found.indent;
      if (depth === 0) break;
    }
  }
  return path;
}

function siblings(lines: readonly string[], line: number, indent: number): string[] {
  const keys: string[] = [];
  for (const step of [-1, 1]) {
    for (let at = line + step; at >= 0 && at < lines.length; at += step) {
      const text = lines[at];
      if (!meaningful(text)) continue;
      const found = read(text);
      if (found.indent < indent) break;
      if (found.indent === indent && found.key !== undefined) keys.push(found.key);
    }
  }
  return keys;
}
