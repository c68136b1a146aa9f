import type { ConfigProblem } from '../../../contract/project.ts';
import { formatProblem, type Project } from '../../project/index.ts';
import { EVALUATION_PROMPT, readPromptOverrides } from '../../synth/template/prompts.ts';
import { type PromptTemplate, readTemplate } from '../../synth/template/template.ts';
import eval_chat from '../prompts/eval_chat.md';
import eval_five_shot from '../prompts/eval_five_shot.md';
import eval_instruct from '../prompts/eval_instruct.md';
import eval_judge from '../prompts/eval_judge.md';
import eval_likelihood from '../prompts/eval_likelihood.md';
import eval_likelihood_text from '../prompts/eval_likelihood_text.md';
import eval_short from '../prompts/eval_short.md';

const sources = {
  eval_five_shot,
  eval_instruct,
  eval_short,
  eval_likelihood,
  eval_likelihood_text,
  eval_judge,
  eval_chat,
};

export type EvaluationPrompt = keyof typeof sources;
export type EvaluationPrompts = Readonly<Record<EvaluationPrompt, PromptTemplate>>;

/** Prompt presets of recipe §6.2: A, B, and one for models that cannot follow either. */
export type Preset = 'five_shot' | 'instruct' | 'short';

/**
 * The evaluation's prompts with the project's own versions (`prompts/eval_*.md`) laid over. A broken override is a
 * refusal with its place, as for methods.
 */
export async function loadEvaluationPrompts(
  project: Pick<Project, 'paths'>,
): Promise<{ ok: true; prompts: EvaluationPrompts } | { ok: false; message: string }> {
  const read = await readPromptOverrides(project.paths.prompts, true);
  const problems: ConfigProblem[] = [...read.problems];
  const own = new Map(
    read.overrides.filter(({ name }) => name.startsWith(EVALUATION_PROMPT)).map((each) => [each.name, each]),
  );
  const template = (name: EvaluationPrompt): PromptTemplate => {
    const builtIn = readTemplate(name, sources[name]);
    if (!builtIn.ok) throw new Error(builtIn.problems.map(formatProblem).join('\n'));
    const override = own.get(name);
    own.delete(name);
    if (!override) return builtIn.template;
    const variables = builtIn.template.front.variables ?? builtIn.template.variables;
    const read = readTemplate(name, override.text, override.file, variables);
    if (read.ok) return read.template;
    problems.push(...read.problems);
    return builtIn.template;
  };
  const prompts: EvaluationPrompts = {
    eval_five_shot: template('eval_five_shot'),
    eval_instruct: template('eval_instruct'),
    eval_short: template('eval_short'),
    eval_likelihood: template('eval_likelihood'),
    eval_likelihood_text: template('eval_likelihood_text'),
    eval_judge: template('eval_judge'),
    eval_chat: template('eval_chat'),
  };
  for (const { file, name } of own.values()) {
    const message = `No evaluation prompt is named "${name}". There are: ${Object.keys(sources).join(', ')}.`;
    problems.push({ file, line: 1, column: 1, key: '', message });
  }
  return problems.length > 0 ? { ok: false, message: problems.map(formatProblem).join('\n') } : { ok: true, prompts };
}
