import { relative, resolve } from 'node:path';
import { builtinState } from '../engine/llm/builtin/index.ts';
import { loadRegistry } from '../engine/llm/index.ts';
import { countFolder, createProject, formatProblem } from '../engine/project/index.ts';
import type { Arguments } from './arguments.ts';
import { Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `init [DIR] [--endpoint ID] …`: no questions asked, sane defaults; the built-in model when no endpoint is named. */
export async function initVerb(
  terminal: Terminal,
  values: Arguments['values'],
  folder: string | undefined,
): Promise<Exit> {
  const root = resolve(values.project ?? folder ?? '.');
  const { registry, problems, file } = await loadRegistry();
  const endpoint = values.endpoint ?? 'builtin';
  if (endpoint !== 'builtin') {
    if (problems.length > 0) throw new UsageError(problems.map(formatProblem).join('\n'));
    if (!Object.hasOwn(registry.endpoints, endpoint)) {
      const known = ['builtin', ...Object.keys(registry.endpoints)].join(', ');
      throw new UsageError(`Endpoint "${endpoint}" is not in ${file}. Known: ${known}.`);
    }
  }
  const small =
    endpoint === 'builtin'
      ? (registry.builtin?.small ?? registry.builtin?.gguf === undefined)
      : registry.endpoints[endpoint]?.small === true;
  const created = await createProject(root, {
    endpoint,
    profile: small ? 'small' : 'standard',
    ...(values.name ? { name: values.name } : {}),
    ...(values.model?.[0] ? { model: values.model[0] } : {}),
    ...(values.student ? { student: values.student } : {}),
    ...(values.tokenizer ? { tokenizer: values.tokenizer } : {}),
  });
  if (created.kind === 'exists') throw new UsageError(`${created.file} exists already; it was left as it is.`);
  if (created.kind === 'refused') throw new UsageError(created.message);
  const count = await countFolder(root, ['**/*.{md,markdown,txt,html,htm,pdf,docx,epub,jsonl}']);
  terminal.record({ file: created.file, endpoint, files: count.files, bytes: count.bytes });
  if (terminal.json) return Exit.done;
  terminal.say(`Wrote ${relative(process.cwd(), created.file) || created.file}`);
  const kinds = Object.entries(count.files).map(([extension, n]) => `${n} .${extension}`);
  terminal.say(
    count.total > 0
      ? `${number.format(count.total)} ${count.total === 1 ? 'file' : 'files'} here: ${kinds.join(', ')}`
      : 'No documents here yet: put .md, .txt, .html, .pdf, .docx, .epub or .jsonl files beside it.',
  );
  if (endpoint === 'builtin') {
    terminal.say(
      'Generator: the built-in 135M-parameter model. It shows how the product works; its samples are not worth training on.',
    );
    const state = await builtinState(registry.builtin?.gguf ? { gguf: registry.builtin.gguf } : {});
    if (!state.installed) terminal.say(state.message);
  }
  terminal.say('Next: smt corpus · smt estimate · smt generate --preview --limit 12');
  return Exit.done;
}
