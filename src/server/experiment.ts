import { ExperimentServer } from '../contract/experimentRpc.ts';
import { failure, signalOf } from '../contract/rpcConnection.ts';
import { harnessNotes, harnessOf } from '../engine/eval/index.ts';
import { estimateExperiment, groundProblem, planExperiment, readGround } from '../engine/experiment/index.ts';
import { evaluating } from '../engine/project/index.ts';
import { findStudentWeights, findTarget } from '../engine/train/index.ts';
import type { Session } from './session.ts';
import { startJob } from './startJob.ts';

/** experiment/*: what smt.yaml asks for and what of it is done, and the job that runs the rest. */
export function answerExperiment(session: Session): void {
  session.answer(ExperimentServer.plan, async ({ project }) => {
    const opened = await session.open(project).project();
    const ground = await readGround(opened);
    if (ground.problems.length > 0)
      throw failure('benchmark', groundProblem(ground) ?? '', 'Correct it, then try again.');
    const guarded = await harnessOf(opened, ground);
    if (!guarded.ok) throw failure('evaluation', guarded.message, 'Correct it, then try again.');
    const { training } = opened.config;
    const { target } = await findTarget(training.target);
    const weights = await findStudentWeights(opened, training, target.kind === 'ssh');
    return {
      steps: planExperiment(ground).map((step) => ({
        ...{ id: step.id, title: step.title, kind: step.kind, done: step.done },
        tokens: step.kind === 'train' ? step.tokens : null,
      })),
      no_benchmark: ground.benchmarks.length === 0,
      builtin: weights.kind === 'builtin',
      target: training.target,
      notes: guarded.harness ? harnessNotes(opened, guarded.harness) : [],
    };
  });
  session.answerTrusted(ExperimentServer.forecast, async ({ project }, token) => {
    const opened = session.open(project);
    const ready = await opened.project();
    const missing = planExperiment(await readGround(ready)).filter(({ done }) => !done);
    const { tokens: _, ...forecast } = await estimateExperiment(ready, opened.backend, missing, signalOf(token));
    return forecast;
  });
  session.answerTrusted(ExperimentServer.start, ({ project, keys, title }) =>
    startJob(session, project, { kind: 'experiment', title, params: { dry_run: false } }, keys, evaluating),
  );
}
