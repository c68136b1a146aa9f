import type { Estimate, Interval } from '../../../contract/estimate.ts';
import type { EvaluateParams } from '../../../contract/evaluation.ts';
import { loadRegistry } from '../../llm/index.ts';
import type { Project } from '../../project/index.ts';
import { loadEvaluationPrompts } from '../answer/prompts.ts';
import { describeModels, type ModelDescription } from '../models/modelDescription.ts';
import { readLabelFiles } from './labels.ts';
import { judgeToValidate } from './runValidation.ts';
import { needsNoJudge } from './validateJudge.ts';

const CHARACTERS_PER_TOKEN = 4;

/** What validating a judge would take, before anything is started or sent: one request a label that no rule decides. */
export async function estimateValidation(
  project: Project,
  validate: NonNullable<EvaluateParams['validate']>,
): Promise<{ ok: true; estimate: Estimate; models: ModelDescription[] } | { ok: false; message: string }> {
  const judge = judgeToValidate(project, validate.judge);
  if (!judge.ok) return judge;
  const read = await readLabelFiles(project.root, validate.labels, validate.limit);
  if (!read.ok) return read;
  const prompts = await loadEvaluationPrompts(project);
  if (!prompts.ok) return prompts;
  const template = prompts.prompts.eval_judge;
  const { registry } = await loadRegistry();
  const models = await describeModels(project, registry, [judge.name], { worker: false, likelihood: false });
  const [model] = models;
  const asked = read.labels.filter((label) => needsNoJudge(label) === undefined);
  const characters = asked.reduce(
    (sum, { question, gold, answer }) => sum + template.body.length + question.length + gold.length + answer.length,
    0,
  );
  const input = Math.ceil(characters / CHARACTERS_PER_TOKEN);
  const output = asked.length * template.params.max_tokens;
  const price = model?.price;
  const money = (scale: number) =>
    price ? (price.input * input * scale + price.output * output * (scale > 1 ? 1 : 0.1)) / 1e6 : 0;
  return {
    ok: true,
    models,
    estimate: {
      v: 1,
      planned: asked.length,
      answered: 0,
      requests: span(
        0,
        asked.length,
        asked.length,
        'one a label that no rule decides; known verdicts are not asked again',
      ),
      input_tokens: span(0, input, input * 1.3, 'prompts at four characters a token'),
      output_tokens: span(0, output * 0.1, output, `at most ${template.params.max_tokens} tokens a verdict`),
      cost:
        price || model?.local
          ? span(0, money(1), money(1.3), price ? 'prices of your endpoints file' : 'this machine')
          : null,
      seconds: null,
      ceiling: { output_tokens: output, cost: price ? money(1.3) : null },
      by_method: [],
      destinations:
        model?.origin === undefined || model.answeredBy.kind !== 'endpoint'
          ? []
          : [
              {
                endpoint: model.answeredBy.id,
                origin: model.origin,
                local: model.local,
                consented: model.consented,
                documents: 0,
                tokens: input,
              },
            ],
      notes: [
        `${read.labels.length} of ${read.all} labelled answers, ${read.labels.length - asked.length} of them decided by rule.`,
        ...(model?.small ? ['A judge below 3B parameters: a check of the loop, hardly a judge.'] : []),
      ],
    },
  };
}

const span = (low: number, mid: number, high: number, basis: string): Interval => ({ low, mid, high, basis });
