import { badInput, type JobContext, type JobEnd } from '../jobs/index.ts';
import { CompletionLog, loadRegistry, RequestStore } from '../llm/index.ts';
import type { Project } from '../project/index.ts';
import { describeGenerator } from './generator.ts';
import { openSink } from './openSink.ts';
import { openProjectCorpus } from './projectCorpus.ts';
import { openSynthesis } from './synthesis.ts';

/**
 * All samples again from the log, into a table made anew: it was lost, the parsers changed, or there are other evaluation
 * questions. No model is started, nothing is sent and nothing costs anything. Killed on the way, the next job goes on.
 */
export async function rederive(project: Project, { events, signal }: JobContext): Promise<JobEnd> {
  events.phase('load', 'preparing');
  const { corpus, counter } = await openProjectCorpus(project, { signal });
  const requests = await RequestStore.open(project.paths.requests);
  const log = await CompletionLog.open(project.paths.completions);
  try {
    const { registry } = await loadRegistry();
    const { profile, toy, model } = describeGenerator(project, registry);
    const synthesis = await openSynthesis({
      ...{ project, profile, toy, corpus, tokens: counter, log, requests },
      model: model ?? (await latestModel(requests)),
      rejectedQuestions: new Set(),
      plan: { writable: false },
    });
    if (!synthesis.ok) return badInput(synthesis.message);
    const { plan } = synthesis.synthesis;
    const { thread, sink, throwIfBroken } = openSink({
      ...{ project, profile, toy, log, synthesis: synthesis.synthesis },
      ...{ anew: true, fresh: false },
    });
    try {
      events.phase('save');
      const documents = await sink.reconcile({
        requests,
        fromRecord: (line) => plan.fromRecord(line),
        onDocument: (done) => {
          signal.throwIfAborted();
          events.progress({ phase: 'save', done, total: null, unit: 'document', rate: null, etaSeconds: null });
        },
      });
      const { accepted, rejected } = await thread.flush();
      await sink.close();
      throwIfBroken();
      const refused = Object.entries(rejected);
      const samples = refused.reduce((sum, [, count]) => sum + count, accepted);
      const parts = [`${accepted} accepted`, ...refused.map(([reason, count]) => `${count} ${reason}`)].join(' + ');
      return {
        kind: 'succeeded',
        message: `Made again from the log, nothing sent: ${samples} samples of ${documents} documents = ${parts}.`,
      };
    } finally {
      await thread.end();
      await plan.close();
    }
  } finally {
    await log.close();
    await requests.close();
    await counter.close();
  }
}

/** Where only the server knows its model: the one that was asked last. */
async function latestModel(requests: RequestStore): Promise<string> {
  let model = '';
  for await (const lines of requests.scan()) model = lines.at(-1)?.model ?? model;
  return model;
}
