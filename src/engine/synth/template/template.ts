import { Template as Jinja } from '@huggingface/jinja';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { ConfigProblem } from '../../../contract/project.ts';
import { contentHash } from '../../contentHash.ts';
import { templateNames } from './freeVariables.ts';

/** Front matter of a prompt file. Sampling parameters are the request's; the rest is for people. */
export const FrontMatter = z.strictObject({
  description: z.string().optional().describe('What the prompt asks for.'),
  source: z.string().optional().describe('Where the wording comes from: a paper, or `our reconstruction`.'),
  variables: z.array(z.string()).optional().describe('Variables an override of this prompt may use.'),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  max_tokens: z.number().int().min(1).max(131_072),
  stop: z.array(z.string().min(1)).max(16).optional(),
});
export type FrontMatter = z.infer<typeof FrontMatter>;

export type SamplingParams = {
  temperature?: number;
  top_p?: number;
  max_tokens: number;
  stop?: string[];
};

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/**
 * A prompt: Markdown with YAML front matter, then sections under the headings `# System`, `# User`, `# Assistant`
 * (alone on a line; without any heading the whole body is the user's message). Sections are cut from the source
 * before rendering, so no text put in can open another one.
 */
export interface PromptTemplate {
  readonly name: string;
  /** Content hash of the body: what a request's id goes by. Front matter is hashed as the request's parameters. */
  readonly hash: string;
  readonly body: string;
  readonly front: FrontMatter;
  readonly params: SamplingParams;
  /** Variables the body reads. */
  readonly variables: readonly string[];
  /** `built-in`, or the project file that overrides it. */
  readonly origin: string;
  /** Throws `MissingInput` when a variable has no text: a defect of the method, not of the prompt. */
  render(inputs: Readonly<Record<string, string>>): Message[];
}

export class MissingInput extends Error {
  constructor(template: string, variable: string, line: number, inputs: Readonly<Record<string, string>>) {
    const available = Object.keys(inputs).sort().join(', ') || 'none';
    super(`Prompt "${template}", line ${line}: variable "${variable}" has no text here. Available: ${available}.`);
  }
}

export type TemplateResult = { ok: true; template: PromptTemplate } | { ok: false; problems: ConfigProblem[] };

const MAX_SOURCE = 256 * 1024;
const HEADING = /^#[ \t]+(System|User|Assistant)[ \t]*$/i;

/**
 * Reads one prompt file. `available` are the variables it may use (those of the built-in prompt it overrides); every
 * problem names file, line, variable and what there is instead.
 */
export function readTemplate(
  name: string,
  source: string,
  origin = 'built-in',
  available?: readonly string[],
): TemplateResult {
  const problems: ConfigProblem[] = [];
  const report = (line: number, key: string, message: string) =>
    problems.push({ file: origin === 'built-in' ? `${name}.md` : origin, line, column: 1, key, message });
  if (source.length > MAX_SOURCE) report(1, '', `The prompt is longer than ${MAX_SOURCE / 1024} KiB.`);

  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const fenced = /^---\n([\s\S]*?)\n---[ \t]*(?:\n|$)/.exec(text);
  if (fenced === null) {
    report(1, '', 'A prompt starts with YAML front matter between two lines of "---", with at least max_tokens.');
    return { ok: false, problems };
  }
  const front = readFrontMatter(fenced[1] ?? '', report);
  const body = text.slice(fenced[0].length);
  const firstLine = fenced[0].split('\n').length;
  const sections = cutSections(body, firstLine);
  if (!sections.some((section) => section.role === 'user')) {
    report(firstLine, '', 'The prompt has no "# User" section: there is nothing to answer.');
  }

  const variables = new Set<string>();
  const lineOf = (variable: string) => {
    const used = new RegExp(`\\{[{%][^}]*(?<![\\w.'"])${variable}(?!\\w)`);
    const index = body.split('\n').findIndex((line) => used.test(line));
    return firstLine + Math.max(0, index);
  };
  const compiled: { role: Message['role']; render: (inputs: Readonly<Record<string, string>>) => string }[] = [];
  for (const section of sections) {
    try {
      const names = templateNames(section.text);
      for (const variable of names.free) variables.add(variable);
      for (const [variable, field] of names.fields) {
        report(lineOf(variable), variable, `"${variable}.${field}": variables are texts and have no fields.`);
      }
      const jinja = new Jinja(section.text);
      compiled.push({ role: section.role, render: (inputs) => jinja.render(inputs) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      report(section.line, '', `Jinja syntax error in the ${section.role} section: ${message}`);
    }
  }
  const known = available ?? front?.variables;
  if (known !== undefined) {
    for (const variable of variables) {
      if (known.includes(variable)) continue;
      const list = known.length > 0 ? [...known].sort().join(', ') : 'none';
      report(lineOf(variable), variable, `Unknown variable "${variable}" in prompt "${name}". Available: ${list}.`);
    }
  }
  if (front === undefined || problems.length > 0) return { ok: false, problems };

  const params: SamplingParams = {
    ...(front.temperature === undefined ? {} : { temperature: front.temperature }),
    ...(front.top_p === undefined ? {} : { top_p: front.top_p }),
    max_tokens: front.max_tokens,
    ...(front.stop === undefined || front.stop.length === 0 ? {} : { stop: front.stop }),
  };
  const needed = [...variables].sort();
  const template: PromptTemplate = {
    name,
    hash: contentHash(body),
    body,
    front,
    params,
    variables: needed,
    origin,
    render(inputs) {
      const values: Record<string, string> = {};
      for (const variable of needed) {
        const value = inputs[variable];
        if (value === undefined) throw new MissingInput(name, variable, lineOf(variable), inputs);
        values[variable] = value;
      }
      return compiled.map(({ role, render }) => ({ role, content: render(values).trim() }));
    },
  };
  return { ok: true, template };
}

function readFrontMatter(
  yaml: string,
  report: (line: number, key: string, message: string) => void,
): FrontMatter | undefined {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const error = document.errors[0];
  if (error !== undefined) {
    report(lines.linePos(error.pos[0]).line + 1, '', `Front matter is not valid YAML: ${error.message.split('\n')[0]}`);
    return undefined;
  }
  const parsed = FrontMatter.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const lineOfKey = (key: string) => {
    const pair = isMap(document.contents)
      ? document.contents.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const offset = pair !== undefined && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    return offset === undefined ? 1 : lines.linePos(offset).line + 1;
  };
  for (const issue of parsed.error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')];
    for (const key of keys) report(lineOfKey(key), key, `Front matter "${key}": ${issue.message}`);
  }
  return undefined;
}

function cutSections(body: string, firstLine: number): { role: Message['role']; text: string; line: number }[] {
  const sections: { role: Message['role']; lines: string[]; line: number }[] = [];
  let preamble = false;
  body.split('\n').forEach((line, index) => {
    const heading = HEADING.exec(line)?.[1]?.toLowerCase();
    if (heading === 'system' || heading === 'user' || heading === 'assistant') {
      sections.push({ role: heading, lines: [], line: firstLine + index });
    } else {
      const last = sections.at(-1);
      if (last !== undefined) last.lines.push(line);
      else if (line.trim() !== '') preamble = true;
    }
  });
  if (sections.length === 0) return [{ role: 'user', text: body, line: firstLine }];
  if (preamble) {
    // Text before the first heading belongs to nobody; keep it with the user's message rather than lose it.
    const first = body.slice(0, body.search(/^#[ \t]+(System|User|Assistant)[ \t]*$/im));
    sections.unshift({ role: 'user', lines: [first], line: firstLine });
  }
  return sections.map(({ role, lines, line }) => ({ role, text: lines.join('\n').trim(), line }));
}
