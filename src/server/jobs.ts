import { Server } from '../contract/rpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import { projectBenchmarkQuestions } from '../engine/eval/benchmarkQuestions.ts';
import { estimateProject } from '../engine/generate/estimateProject.ts';
import { hasEnded, jobStatus, readEvents, readSpec, removeRun } from '../engine/jobs/index.ts';
import { busyWith, generating } from '../engine/project/index.ts';
import { LeakGate } from '../engine/synth/dedupe/leakGate.ts';
import { addToPlan } from '../engine/synth/plan/additions.ts';
import { isHere } from '../engine/train/index.ts';
import { runFolder, unknownRun } from './failures.ts';
import type { Session } from './session.ts';
import { refuseSecond, startJob } from './startJob.ts';

/** generate/*, plan/* and jobs/*: what it would take, more of it, and the processes that do it. */
export function answerJobs(session: Session): void {
  session.answer(Server.estimate, async ({ project, params }, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    return estimateProject(await session.open(project).project(), params, abort.signal);
  });
  session.answerTrusted(Server.addToPlan, async ({ project, additions }) => {
    const opened = session.open(project);
    const { root, config, paths } = await opened.project();
    const { questions } = await projectBenchmarkQuestions({ root, config });
    const added = await addToPlan(paths.plan, additions, new LeakGate(questions));
    if (!added.ok) throw failure('leak', added.message);
    const running = (await busyWith(generating, paths)) !== undefined;
    return { added: added.additions.length, requests: added.requests, running };
  });
  session.answerTrusted(Server.startGenerate, ({ project, params, keys, title }) => {
    const job = { kind: 'generate' as const, title: title ?? (params.preview ? 'Preview' : 'Generate'), params };
    return startJob(session, project, job, keys, generating);
  });
  session.answer(Server.jobs, ({ project }) => session.jobs(project));
  session.answer(Server.jobEvents, async ({ project, run, limit }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const { events } = await readEvents(runFolder(opened, run));
    return { events: events.slice(-limit) };
  });
  session.answerTrusted(Server.stopJob, async ({ project, run }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const dir = runFolder(opened, run);
    const status = await jobStatus(dir, opened.backend);
    if (!status) throw unknownRun(run);
    // Asked again, a job that does not obey is ended by force.
    if (!hasEnded(status)) await opened.backend.stop(dir, status.state === 'stopping');
    session.jobsChanged(project);
  });
  session.answerTrusted(Server.resumeJob, async ({ project, run, keys }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const dir = runFolder(opened, run);
    const spec = await readSpec(dir).catch(() => {
      throw unknownRun(run);
    });
    if (spec.kind === 'generate') await refuseSecond(generating, opened.paths);
    const starting = opened.backend.start(dir, keys).finally(() => session.jobsChanged(project));
    // Sending what another machine lacks takes its time; the run's own status tells how it goes.
    if (isHere(spec.target)) await starting;
    else
      starting.catch((error: unknown) => session.log('warn', error instanceof Error ? error.message : String(error)));
    session.jobsChanged(project);
    return { run };
  });
  session.answerTrusted(Server.removeJob, async ({ project, run }) => {
    const opened = session.open(project);
    await opened.refuseLinks();
    const status = await jobStatus(runFolder(opened, run), opened.backend);
    if (status && !hasEnded(status)) throw failure('running', `Run ${run} is still running.`, 'Stop it first.');
    if (!isHere(status?.target)) {
      await opened.backend.remove(runFolder(opened, run), '.').catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        throw failure('unreachable', `Run ${run} was not removed: ${message}`, 'Try again when its machine answers.');
      });
    }
    await removeRun(opened.paths.runs, run);
    session.jobsChanged(project);
  });
}
