import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inventedDocument, type Ran, TerminalProject } from '../generate/terminal.ts';

const RUNS = '.smt/runs';
const BENCHMARK = 'v: 1\nname: lanterns\nquestions:\n  - {id: a, question: Who lit the lantern?, answer: Orla Vent1}\n';
const DATA = 'Data sets that tasks name are downloaded from their hub.';
const CODE = 'It runs the code that the task files of my tasks name.';
const QUESTION = 'Nothing was started. To agree without being asked: --yes';

/** `smt` as a script starts it: its standard input is no terminal, so nobody can be asked. */
describe('an experiment that guards with tasks of lm-evaluation-harness', () => {
  let project: TerminalProject;
  beforeEach(() => {
    project = new TerminalProject();
    project.endpoints('endpoints: {}\n');
    project.write('d.md', inventedDocument('Osmerrow', 2));
    project.write('benchmarks/lanterns.yaml', BENCHMARK);
    project.write('my tasks/gates.yaml', 'task: gates\n');
    project.write('weights/config.json', '{}');
  });
  afterEach(() => project.remove());

  const guardedBy = (settings: string) =>
    project.write(
      'smt.yaml',
      `v: 1\nname: guarded\ntraining: {weights: {path: weights}}\nevaluation: {general: {lm_eval: ${settings}}}\nexperiment: {budgets: [1000], seeds: [0]}\n`,
    );
  /** Kinds of the jobs that were started, of all runs. */
  const started = (): string[] =>
    project.has(RUNS)
      ? readdirSync(join(project.root, RUNS)).map(
          (run) => JSON.parse(readFileSync(join(project.root, RUNS, run, 'spec.json'), 'utf8')).kind,
        )
      : [];
  const words = ({ out, err }: Ran) => `${out}\n${err}`;

  it('says which, and starts nothing before a person agreed to the code of the project’s task files', async () => {
    guardedBy('{tasks: [gates, arc_easy], include_path: my tasks, limit: 20}');
    const refused = await project.smt('experiment');
    expect(refused.code, words(refused)).toBe(2);
    expect(refused.out).toContain(
      'lm-evaluation-harness runs gates, arc_easy on base and trained weights, 20 questions each',
    );
    expect(refused.out).toContain(DATA);
    expect(refused.out).toContain(CODE);
    expect(refused.err).toContain(QUESTION);
    expect(started()).toEqual([]);
    const detached = await project.smt('experiment', '--detach', '--json');
    expect(detached.code, words(detached)).toBe(2);
    // What programs read has no words in it.
    expect(detached.err).toContain(CODE);
    expect(detached.records.every((record) => 'step' in record || 'estimate' in record)).toBe(true);
    expect(started()).toEqual([]);
  });

  it('is started with --yes, and still says what is run', async () => {
    guardedBy('{tasks: [gates], include_path: my tasks}');
    const agreed = await project.smt('experiment', '--yes');
    expect(agreed.out).toContain(CODE);
    expect(agreed.err).not.toContain(QUESTION);
    // It was agreed to; that there is no index yet is another matter.
    expect(started()).toEqual(expect.arrayContaining(['experiment']));
  });

  it('is asked again when it goes on: smt.yaml or the task files may be others by now', async () => {
    guardedBy('{tasks: [arc_easy]}');
    await project.smt('experiment', '--yes');
    guardedBy('{tasks: [gates], include_path: my tasks}');
    const before = attempts(project);
    const refused = await project.smt('jobs', 'resume', experimentOf(project));
    expect(refused.code, words(refused)).toBe(2);
    expect(refused.out).toContain(CODE);
    expect(refused.err).toContain(QUESTION);
    expect(attempts(project)).toEqual(before);
    const agreed = await project.smt('jobs', 'resume', experimentOf(project), '--yes');
    expect(agreed.err).not.toContain(QUESTION);
    expect(attempts(project)).not.toEqual(before);
  });

  it('says that data sets are downloaded where tasks are the harness’s own, and asks nothing: no code of the project is run', async () => {
    guardedBy('{tasks: [arc_easy]}');
    const { out, err } = await project.smt('experiment');
    expect(out).toContain(DATA);
    expect(out).not.toContain('It runs the code');
    expect(err).not.toContain(QUESTION);
    expect(started()).toEqual(expect.arrayContaining(['experiment']));
  });

  it('is refused where the folder of task files leads out of the project, whoever agrees', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'smt-outside-'));
    symlinkSync(outside, join(project.root, 'my tasks', 'more'));
    guardedBy('{tasks: [gates], include_path: my tasks}');
    const refused = await project.smt('experiment', '--yes');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('a link out of the project');
    expect(started()).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it('says nothing of it with --dry-run, which starts nothing', async () => {
    guardedBy('{tasks: [gates], include_path: my tasks}');
    expect((await project.smt('experiment', '--dry-run')).code).toBe(0);
    expect(started()).toEqual([]);
  });
});

const specs = (project: TerminalProject) =>
  readdirSync(join(project.root, RUNS)).map((run) => ({
    run,
    kind: JSON.parse(readFileSync(join(project.root, RUNS, run, 'spec.json'), 'utf8')).kind,
  }));
const experimentOf = (project: TerminalProject): string =>
  specs(project).find(({ kind }) => kind === 'experiment')?.run ?? 'none';
/** How often each run was started. */
const attempts = (project: TerminalProject): Record<string, number> =>
  Object.fromEntries(
    specs(project).map(({ run }) => [
      run,
      JSON.parse(readFileSync(join(project.root, RUNS, run, 'status.json'), 'utf8')).attempt,
    ]),
  );
