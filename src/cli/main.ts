import { JobProblem } from '../engine/jobs/index.ts';
import { ProjectBackend } from '../engine/train/index.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import { checkpointsVerb } from './checkpoints.ts';
import { corpusVerb } from './corpus.ts';
import { estimateVerb } from './estimate.ts';
import { evaluateVerb } from './evaluate.ts';
import { experimentVerb } from './experiment.ts';
import { exportVerb } from './export.ts';
import { generateVerb } from './generate.ts';
import { helpOf, helpText } from './help.ts';
import { initVerb } from './init.ts';
import { jobRunVerb, resumeVerb } from './jobRun.ts';
import { jobsVerb } from './jobs.ts';
import { judgeVerb } from './judge.ts';
import { logVerb } from './log.ts';
import { mixVerb } from './mix.ts';
import { openProject } from './openProject.ts';
import { reportVerb } from './report.ts';
import { indexVerb, retrieveVerb } from './retrieval.ts';
import { samplesVerb, showVerb } from './samples.ts';
import { targetsVerb } from './targets.ts';
import { Exit, Terminal, UsageError } from './terminal.ts';
import { trainVerb } from './train.ts';

declare const SMT_VERSION: string | undefined;

/** The terminal's front door: one verb a call, exit codes of design §6. */
export async function main(argv: readonly string[]): Promise<Exit> {
  const terminal = new Terminal(argv.includes('--json'));
  try {
    return await run(terminal, parseArguments(argv));
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.warn(error.message);
      return Exit.usage;
    }
    if (error instanceof JobProblem) {
      terminal.warn(error.message);
      return Exit.failed;
    }
    throw error;
  }
}

/** Words that a verb takes behind itself; one that is not here looks at them itself. */
const MOST_WORDS: Readonly<Record<string, number>> = {
  ...{ corpus: 0, estimate: 0, generate: 0, evaluate: 0, index: 0, experiment: 0, train: 0 },
  ...{ init: 1, show: 1, mix: 1, export: 1, job: 2, targets: 2, jobs: 2, log: 2 },
};

/** A word that nobody looks at would be a wish that is silently not done: `evaluate quality` asks all benchmarks. */
function refuseSurplus(verb: string, words: readonly string[]): void {
  const surplus = words.slice(MOST_WORDS[verb] ?? words.length);
  if (surplus.length > 0)
    throw new UsageError(
      `${verb}: "${surplus.join(' ')}" is not understood here. Options begin with --; see "smt help".`,
    );
}

async function run(terminal: Terminal, { values, positionals }: Arguments): Promise<Exit> {
  const [verb, ...rest] = positionals;
  if (values.version) {
    terminal.say(typeof SMT_VERSION === 'string' ? SMT_VERSION : 'development');
    return Exit.done;
  }
  if (values.help || verb === undefined || verb === 'help') {
    const [about] = verb === 'help' ? rest : [verb];
    terminal.say((about && helpOf(about)) ?? helpText);
    return verb === undefined && !values.help ? Exit.usage : Exit.done;
  }
  refuseSurplus(verb, rest);
  const [first, second] = rest;
  const backend = new ProjectBackend([process.execPath, process.argv[1] ?? '']);
  switch (verb) {
    case 'init':
      return initVerb(terminal, values, first);
    case 'job':
      if (first === 'run' && second) return jobRunVerb(second);
      throw new UsageError('job run DIR is how jobs are started; use "smt generate" or "smt jobs"');
    case 'corpus':
      return corpusVerb(terminal, await openProject(values.project));
    case 'estimate':
      return estimateVerb(terminal, await openProject(values.project), values);
    case 'generate':
      return generateVerb(terminal, await openProject(values.project), backend, values);
    case 'samples':
      return samplesVerb(terminal, await openProject(values.project), values, rest);
    case 'show':
      if (!first) throw new UsageError('show ID: the id of a sample or a request, as "smt samples" prints it');
      return showVerb(terminal, await openProject(values.project), first);
    case 'mix':
      return mixVerb(terminal, await openProject(values.project), backend, first, values);
    case 'evaluate':
      return evaluateVerb(terminal, await openProject(values.project), backend, values);
    case 'judge':
      return judgeVerb(terminal, await openProject(values.project), backend, rest, values);
    case 'report':
      return reportVerb(terminal, await openProject(values.project), rest, values);
    case 'index':
      return indexVerb(terminal, await openProject(values.project), backend, values);
    case 'retrieve':
      return retrieveVerb(terminal, await openProject(values.project), rest.join(' '), values);
    case 'experiment':
      return experimentVerb(terminal, await openProject(values.project), backend, values);
    case 'export':
      return exportVerb(terminal, await openProject(values.project), first, values);
    case 'train':
      return trainVerb(terminal, await openProject(values.project), backend, values);
    case 'targets':
      return targetsVerb(terminal, backend, first, second);
    case 'checkpoints':
      return checkpointsVerb(terminal, await openProject(values.project), backend, rest);
    case 'jobs':
      if (first === 'resume') return resumeVerb(terminal, await openProject(values.project), backend, second, values);
      return jobsVerb(terminal, await openProject(values.project), backend, first ?? 'list', second, values);
    case 'log':
      return logVerb(terminal, await openProject(values.project), first, second);
    default:
      throw new UsageError(`"${verb}" is not a verb. "smt help" lists them.`);
  }
}
