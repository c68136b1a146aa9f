import { EvaluationServer } from '../contract/evaluationRpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import { estimateEvaluation, loadBenchmarks } from '../engine/eval/index.ts';
import { estimateValidation } from '../engine/eval/judge/estimateValidation.ts';
import { isSmallName } from '../engine/eval/models/modelDescription.ts';
import { listRunDirectories, readSpec, readStatusFile } from '../engine/jobs/index.ts';
import { isLoopback, loadRegistry, originOf } from '../engine/llm/index.ts';
import { evaluating, type Project } from '../engine/project/index.ts';
import type { Session } from './session.ts';
import { startJob } from './startJob.ts';

/** evaluation/*: which questions and models there are, what asking would take, and the job that asks. */
export function answerEvaluation(session: Session): void {
  session.answer(EvaluationServer.benchmarks, async ({ project }) => {
    const opened = await session.open(project).project();
    const benchmarks = await loadBenchmarks(opened);
    return {
      benchmarks: benchmarks.map(({ id, format, file, split, questions, draft, problems }) => ({
        ...{ id, format, file, split, draft, problems },
        questions: questions.length,
        multiple_choice: questions.filter(({ choices }) => choices !== undefined).length,
      })),
      models: await answerers(opened),
      ...(opened.config.evaluation.judge.model === undefined ? {} : { judge: opened.config.evaluation.judge.model }),
    };
  });
  session.answer(EvaluationServer.estimate, async ({ project, params }) => {
    const opened = await session.open(project).project();
    const estimated = params.validate
      ? await estimateValidation(opened, params.validate)
      : await estimateEvaluation(opened, params);
    if (!estimated.ok) throw failure('evaluation', estimated.message);
    const { registry } = await loadRegistry();
    const keys = estimated.models.flatMap(({ answeredBy, origin }) => {
      if (answeredBy.kind !== 'endpoint' || origin === undefined) return [];
      return registry.endpoints[answeredBy.id]?.key_env ? [{ origin, endpoint: answeredBy.id }] : [];
    });
    const builtin = estimated.models.some(
      ({ answeredBy }) => answeredBy.kind === 'endpoint' && answeredBy.id === 'builtin',
    );
    return { ...estimated.estimate, keys, builtin };
  });
  session.answerTrusted(EvaluationServer.start, ({ project, params, keys, title }) =>
    startJob(session, project, { kind: 'evaluate', title, params }, keys, evaluating),
  );
}

/** The base, every finished training run, and the endpoints of the user's registry. */
async function answerers({ config, paths }: Project) {
  const { registry } = await loadRegistry();
  const trained = [];
  for (const dir of await listRunDirectories(paths.runs)) {
    const status = await readStatusFile(dir);
    if (status?.kind !== 'train' || status.state !== 'succeeded') continue;
    const spec = await readSpec(dir).catch(() => undefined);
    const model = spec?.kind === 'train' ? spec.params.model : config.student.model;
    trained.push({
      name: status.run,
      label: status.title,
      kind: 'checkpoint' as const,
      small: isSmallName(model),
      needs_key: false,
    });
  }
  const base = {
    name: 'base',
    label: config.student.model,
    kind: 'base' as const,
    small: isSmallName(config.student.model),
    needs_key: false,
  };
  const builtin = {
    name: 'endpoint:builtin',
    label: 'built-in model',
    kind: 'endpoint' as const,
    small: registry.builtin?.small ?? true,
    needs_key: false,
  };
  const endpoints = Object.entries(registry.endpoints).map(([id, { base_url, model, small, key_env }]) => ({
    name: `endpoint:${id}`,
    label: model ?? id,
    kind: 'endpoint' as const,
    small: small ?? false,
    needs_key: key_env !== undefined,
    ...(isLoopback(base_url) ? {} : { origin: originOf(base_url) }),
  }));
  return [base, ...trained, builtin, ...endpoints];
}
