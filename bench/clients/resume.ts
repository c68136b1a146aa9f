/**
 * How long a project of a million answered requests takes to find out that it is through, and with how much memory.
 * `node resume.cjs PROJECT write`: walks the project's real plan and writes a log with an answer to each request.
 * `node resume.cjs PROJECT measure`: corpus, request store, log and the real plan, walked to its end.
 */
import type { CompletionLine } from '../../src/contract/completion.ts';
import { derivationBasis } from '../../src/engine/generate/basis.ts';
import { openProjectCorpus } from '../../src/engine/generate/projectCorpus.ts';
import { openSynthesis } from '../../src/engine/generate/synthesis.ts';
import { CompletionLog, RequestStore, runRequests } from '../../src/engine/llm/index.ts';
import { loadProject } from '../../src/engine/project/index.ts';
import { openSampleWriter } from '../../src/engine/samples/index.ts';
import { report } from './report.mjs';

const content = 'Question: What does the report say?\nExplanation: It says so.\nAnswer: This.\n\n'.repeat(15);
const answer = (custom_id: string): CompletionLine => ({
  id: null,
  custom_id,
  response: {
    status_code: 200,
    request_id: null,
    body: { choices: [{ message: { content }, finish_reason: 'stop' }] },
  },
  error: null,
  smt: {
    v: 1,
    attempt: 1,
    endpoint: 'mock',
    ms: 1,
    cost: 0.001,
    run: 'r',
    at: 1,
    input_tokens: 1500,
    output_tokens: 300,
  },
});

async function open(root: string) {
  const loaded = await loadProject(root);
  if (loaded.kind !== 'ready') throw new Error(`no project in ${root}`);
  const { project } = loaded;
  const { corpus, counter } = await openProjectCorpus(project, {});
  const requests = await RequestStore.openForWriting(project.paths.requests);
  const log = await CompletionLog.openForWriting(project.paths.completions, { after: [requests.writer] });
  const opened = await openSynthesis({
    ...{ project, corpus, log, requests },
    profile: 'standard',
    toy: false,
    model: 'mock-model',
    tokens: counter,
    rejectedQuestions: new Set(),
    plan: { writable: true },
  });
  if (!opened.ok) throw new Error(opened.message);
  const { plan, questions } = opened.synthesis;
  const close = async () => {
    await plan.close();
    await log.close();
    await requests.close();
    await counter.close();
  };
  return { project, plan, questions, log, requests, close };
}

async function write(root: string): Promise<void> {
  const { project, plan, questions, log, requests, close } = await open(root);
  let wake = () => {};
  plan.onReady = () => wake();
  let count = 0;
  for (;;) {
    const ready = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const request = plan.next();
    if (request === 'end') break;
    if (request === 'wait') {
      await ready;
      continue;
    }
    const completion = answer(request.id);
    requests.addRequest(request.line());
    log.append(completion);
    plan.settle(request, { kind: 'answered', completion });
    if (++count % 2000 === 0) await log.written();
  }
  await log.written();
  // The table is up to date: what the samples bench measures is not measured here again.
  const writer = await openSampleWriter({ lance: project.paths.lance, basis: derivationBasis(questions) });
  writer.covered(await log.position());
  await writer.close();
  await close();
  process.stdout.write(`${JSON.stringify({ count })}\n`);
}

async function measure(root: string): Promise<void> {
  const started = report.start();
  const { plan, log, requests, close } = await open(root);
  const opened = (performance.now() - started.at) / 1000;
  const end = await runRequests({
    source: plan,
    endpoints: [
      {
        id: 'mock',
        baseUrl: 'http://127.0.0.1:9/v1',
        origin: 'http://127.0.0.1:9',
        model: 'mock-model',
        timeoutMs: 1000,
        maxConcurrency: 8,
        local: true,
      },
    ],
    log,
    requests,
    run: 'bench',
  });
  const { answered } = plan.counts().total;
  report.end(started, answered, {
    end: end.kind,
    open_s: Number(opened.toFixed(2)),
    output_tokens: log.spend.outputTokens,
  });
  await close();
}

const [root = '', mode] = process.argv.slice(2);
void (mode === 'measure' ? measure(root) : write(root));
