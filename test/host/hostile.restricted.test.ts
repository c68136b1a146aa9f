import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Server } from '../../src/contract/rpc.ts';
import { access, editor, eventually, folder, repository } from './support/extension.ts';
import { person } from './support/person.ts';

describe('a hostile folder in restricted mode', () => {
  it('is untrusted, and its settings are withheld', () => {
    assert.equal(vscode.workspace.isTrusted, false);
    for (const name of ['registryPath', 'python', 'cachePath']) {
      const found = vscode.workspace.getConfiguration('smt').inspect<string>(name);
      assert.equal(found?.workspaceValue, undefined, name);
      assert.equal(found?.workspaceFolderValue, undefined, name);
      assert.equal(vscode.workspace.getConfiguration('smt').get(name), '', name);
    }
  });

  for (const id of [
    'smt.createProject',
    'smt.previewSamples',
    'smt.generateAll',
    'smt.generateRewrites',
    'smt.generateQuestions',
    'smt.askQuestion',
    'smt.resumeJob',
    'smt.rerunJob',
    'smt.buildTrainingSet',
    'smt.exportTrainingSet',
    'smt.removeTrainingSet',
    'smt.train',
    'smt.evaluate',
    'smt.runExperiment',
    'smt.addSshTarget',
    'smt.chatWithCheckpoint',
    'smt.fetchCheckpoint',
    'smt.deleteCheckpoint',
  ]) {
    it(`refuses ${id} in code, whoever executes it`, async () => {
      const { seen, dispose } = await person({ confirm: [true, true, true] });
      await vscode.commands.executeCommand(id, vscode.Uri.joinPath(folder(), 'notes.md'));
      dispose();
      assert.deepEqual(
        seen.map(({ kind }) => kind),
        ['tell'],
        'it says so and asks nothing',
      );
      assert.match(seen[0]?.text ?? '', /Restricted Mode/);
    });
  }

  it('is read and drawn: its document is in the tree, its endpoint is not known', async () => {
    const { projects, projectTree } = await editor();
    const project = await eventually('the corpus', async () => (await projects.all()).find(({ corpus }) => corpus));
    assert.deepEqual(
      project.corpus?.documents.map(({ path }) => path),
      ['notes.md'],
    );
    assert.deepEqual(
      project.state?.endpoints.map(({ id, known, origin }) => ({ id, known, origin })),
      [{ id: 'stranger', known: false, origin: undefined }],
      'a workspace cannot say where an endpoint is',
    );
    const [corpus] = await projectTree.getChildren();
    assert.equal(corpus?.kind, 'corpus');
  });

  it('is refused by the engine itself what writes, starts or sends, even where no command stands before it', async () => {
    const { server } = await editor();
    const project = folder().fsPath;
    const refused = /Restricted Mode/;
    const once = { retry: false };
    await assert.rejects(server.ask(Server.createProject, { project: join(project, 'new') }, once), refused);
    await assert.rejects(server.ask(Server.decide, { project, decision: { kind: 'undo' } }, once), refused);
    await assert.rejects(
      server.ask(Server.addToPlan, { project, additions: [{ document: 'notes.md', method: 'qa', count: 1 }] }, once),
      refused,
    );
    await assert.rejects(server.ask(Server.addEndpoint, { id: 'mine', base_url: 'http://127.0.0.1:9' }, once), refused);
    await assert.rejects(server.ask(Server.detectServers, null), refused);
  });

  it('gets a new engine when what it may do changes, and is read again', async () => {
    const { server, projects } = await editor();
    const before = server.pid;
    await server.environmentChanged();
    assert.ok(before !== undefined && server.pid !== undefined && server.pid !== before, 'another process answers');
    const [project] = await projects.all();
    await project?.loadCorpus();
    assert.deepEqual(project?.loading, { kind: 'ready' });
  });

  it('shows its samples panel, and is byte for byte the folder it was', async () => {
    const { server, projects } = await editor();
    const [project] = await projects.all();
    assert.ok(project);
    // The reader of samples, too, must not make its folder.
    await server.ask(Server.samples, { project: project.path, filter: {}, offset: 0, limit: 10 });
    await server.ask(Server.audit, { project: project.path, size: 10 });
    await vscode.commands.executeCommand('smt.openSamples');
    assert.deepEqual(treeOf(folder().fsPath), treeOf(join(repository, 'test/fixtures/workspaces/hostile')));
  });

  it('gets no key', async () => {
    const { keys } = await editor();
    await (await access()).secrets.store('smt.key:https://api.example.com', 'secret');
    assert.deepEqual(await keys.of(['http://127.0.0.1:9']), {});
    await (await access()).secrets.delete('smt.key:https://api.example.com');
  });
});

/** Every file under a folder with its bytes, and every folder, by relative path. */
function treeOf(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(root.length + 1), entry.isFile() ? readFileSync(path, 'base64') : 'not a file'] as const;
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
