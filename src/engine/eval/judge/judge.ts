import type { CompletionLine } from '../../../contract/completion.ts';
import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import { contentHash } from '../../contentHash.ts';
import type { PromptTemplate } from '../../synth/template/template.ts';
import { AnswerRequest } from '../answer/answerRequest.ts';
import type { AnsweringModel } from '../models/openModels.ts';
import { answerContent } from '../score/answerContent.ts';

export interface Judge {
  /** Hash of model, engine and prompt: what a validation stands for. */
  id: string;
  model: AnsweringModel;
  template: PromptTemplate;
}

export function judgeOf(model: AnsweringModel, template: PromptTemplate): Judge {
  const id = contentHash(`${model.engine}|${model.dtype}|${model.model}|${template.hash}`).slice(0, 16);
  return { id, model, template };
}

/** One verdict, asked for at temperature 0 whatever a prompt override says (recipe §6.3). */
export function judgeRequest(
  { model, template }: Judge,
  question: Pick<EvaluatedQuestion, 'id' | 'question' | 'context' | 'gold' | 'accept' | 'document'>,
  candidate: string,
): AnswerRequest {
  const gold = [question.gold, ...(question.accept ?? [])].join(' (or: ') + ')'.repeat(question.accept?.length ?? 0);
  return new AnswerRequest({
    stage: 'judge',
    form: 'chat',
    template,
    inputs: { context: question.context ?? '', question: question.question, gold, candidate },
    params: { ...template.params, temperature: 0 },
    model: model.model,
    engine: `${model.engine}/${model.dtype}`,
    replica: 0,
    question: question.id,
    document: question.document,
  });
}

/** `yes` and no `no` is right; everything else is not. Undefined where neither word stands there. */
export function verdictOf(line: CompletionLine): boolean | undefined {
  const content = answerContent(line);
  if (content.kind === 'failed') return undefined;
  const [yes, no] = [/\byes\b/i.test(content.content), /\bno\b/i.test(content.content)];
  return yes || no ? yes && !no : undefined;
}
