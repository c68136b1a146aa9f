import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Target } from '../../../src/contract/training.ts';
import { addTarget, allTargets, findTarget, loadTargets, sshHosts } from '../../../src/engine/train/index.ts';

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'smt-targets-')), 'targets.yaml');
});

describe("the user's targets", () => {
  it('are this machine alone where there is no file', async () => {
    const { registry, problems } = await loadTargets(file);
    expect(problems).toEqual([]);
    expect(allTargets(registry)).toEqual([{ id: 'local', target: { kind: 'local' } }]);
  });

  it('are added with comments kept, and never over another', async () => {
    writeFileSync(file, '# mine\ntargets:\n  local: {kind: local, gpus: 1} # the desk\n');
    const box = Target.parse({ kind: 'ssh', host: 'gpu-box' });
    await addTarget('box', box, file);
    expect(readFileSync(file, 'utf8')).toContain('# the desk');
    expect((await findTarget('box', file)).target).toMatchObject({ host: 'gpu-box', root: '~/.smt' });
    await expect(addTarget('box', box, file)).rejects.toThrow('already has a target "box"');
    expect((await findTarget('local', file)).target).toEqual({ kind: 'local', gpus: 1 });
  });

  it('name file, line and key of what is wrong, and none of them is used', async () => {
    writeFileSync(file, 'targets:\n  box:\n    kind: ssh\n    host: "-oProxyCommand=evil"\n');
    const { problems, registry } = await loadTargets(file);
    expect(problems[0]).toMatchObject({ file, line: 4, key: 'targets.box.host' });
    expect(registry.targets).toEqual({});
    await expect(findTarget('box', file)).rejects.toThrow(/targets\.yaml:4/);
  });

  it.each(['-oProxyCommand=x', 'host name', 'host;rm', '$(x)', ''])('refuse the host %j', (host) => {
    expect(Target.safeParse({ kind: 'ssh', host }).success).toBe(false);
  });

  it('say what there is where an id is unknown', async () => {
    await expect(findTarget('box', file)).rejects.toThrow('it has local');
  });

  it('offer the hosts of an ssh configuration without its patterns', async () => {
    const config = join(file, '..', 'config');
    writeFileSync(config, 'Host gpu-box other\n  User me\nHost *.internal !bad\nhost=third\nMatch all\n');
    expect((await sshHosts(config)).hosts).toEqual(['gpu-box', 'other', 'third']);
  });
});
