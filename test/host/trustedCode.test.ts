import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { editor, eventually, folder } from './support/extension.ts';
import { person } from './support/person.ts';

const SMT_YAML = `v: 1
name: guarded
training: { weights: { path: weights } }
experiment: { budgets: [1000], seeds: [0] }
evaluation: { general: { lm_eval: { tasks: [gates], include_path: tasks, limit: 20 } } }
`;

/** Task files of lm-evaluation-harness bring code along: a person agrees before it is run, in a trusted window too. */
describe('an experiment whose evaluation names tasks of lm-evaluation-harness', () => {
  const write = (path: string, text: string) =>
    vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder(), path), new TextEncoder().encode(text));
  const project = async () => (await editor()).projects.all().then(([only]) => only);
  const experiments = async () => {
    const open = await project();
    await open?.loadJobs();
    return (open?.jobs ?? []).filter(({ kind }) => kind === 'experiment');
  };
  const run = async (agreed: boolean) => {
    const { seen, dispose } = await person({ confirm: [agreed] });
    await vscode.commands.executeCommand('smt.runExperiment');
    dispose();
    return seen;
  };

  before(async () => {
    await write('weights/config.json', '{}');
    await write('tasks/gates.yaml', 'task: gates\n');
    await write(
      'benchmarks/guarded.yaml',
      'v: 1\nname: guarded\nquestions:\n  - { id: a, question: Who keeps the light?, answer: Ada }\n',
    );
    await write('smt.yaml', SMT_YAML);
    await eventually('the project as it is now', async () => {
      const open = await project();
      await open?.load();
      return open?.state?.name === 'guarded';
    });
  });

  it('says in its one question what is run, what is downloaded and whose code; declined, nothing is started', async () => {
    const seen = await run(false);
    assert.deepEqual(
      seen.map(({ kind }) => kind),
      ['confirm'],
      seen.map(({ text }) => text).join('\n'),
    );
    const asked = seen[0]?.text ?? '';
    assert.match(asked, /lm-evaluation-harness runs gates on base and trained weights, 20 questions each/);
    assert.match(asked, /downloaded from their hub/);
    assert.match(asked, /It runs the code that the task files of tasks name\./);
    assert.deepEqual(await experiments(), []);
  });

  it('is refused without a question where the task files lie outside the project', async () => {
    await write('smt.yaml', SMT_YAML.replace('include_path: tasks', 'include_path: ..'));
    const seen = await run(true);
    await write('smt.yaml', SMT_YAML);
    assert.deepEqual(
      seen.map(({ kind }) => kind),
      ['tell'],
    );
    assert.match(seen[0]?.text ?? '', /is not inside the project: its code would be run/);
    assert.deepEqual(await experiments(), []);
  });

  it('is started once a person agreed', async () => {
    await run(true);
    const [job] = await eventually('the experiment to end', async () => {
      const found = await experiments();
      return found.some(({ ended }) => ended !== undefined) && found;
    });
    assert.equal(job?.kind, 'experiment');
  });
});
