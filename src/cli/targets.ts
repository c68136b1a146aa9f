import { formatProblem } from '../engine/project/index.ts';
import {
  allTargets,
  findTarget,
  loadTargets,
  type ProjectBackend,
  probeTarget,
  sshHosts,
} from '../engine/train/index.ts';
import { Exit, type Terminal, UsageError } from './terminal.ts';

/** `targets [list | hosts | show ID]`: the user's own machines; `show` asks one what it has. */
export async function targetsVerb(
  terminal: Terminal,
  backend: ProjectBackend,
  action = 'list',
  id: string | undefined,
): Promise<Exit> {
  if (action === 'hosts') {
    const { file, hosts } = await sshHosts();
    terminal.record({ file, hosts });
    if (!terminal.json) for (const host of hosts) terminal.say(host);
    if (hosts.length === 0) terminal.say(`${file} names no Host.`);
    return Exit.done;
  }
  const { file, registry, problems } = await loadTargets();
  if (problems.length > 0) throw new UsageError(problems.map(formatProblem).join('\n'));
  if (action === 'list') {
    for (const { id: name, target } of allTargets(registry)) terminal.record({ id: name, ...target });
    if (terminal.json) return Exit.done;
    terminal.table([
      ['target', 'kind', 'host', 'root'],
      ...allTargets(registry).map(({ id: name, target }) =>
        target.kind === 'ssh' ? [name, target.kind, target.host, target.root] : [name, target.kind, '', ''],
      ),
    ]);
    terminal.say(`Targets are added in ${file}.`);
    return Exit.done;
  }
  if (action !== 'show' || !id) throw new UsageError('targets [list | hosts | show ID]');
  await findTarget(id);
  const probed = await probeTarget(backend, id);
  terminal.record(
    probed.kind === 'answered'
      ? { ...probed, machine: { ...probed.machine, tools: [...probed.machine.tools], there: [] } }
      : probed,
  );
  if (probed.kind === 'failed') {
    terminal.warn(probed.message);
    return Exit.failed;
  }
  const { machine, setUp } = probed;
  const gb = (bytes: number | null) => (bytes === null ? '?' : `${(bytes / 1e9).toFixed(1)} GB`);
  terminal.say(
    `${id}: ${machine.hostname} · ${machine.system} · ${machine.cores} cores · ${gb(machine.memory)} memory · ${gb(machine.disk)} free`,
  );
  for (const gpu of machine.gpus) terminal.say(`  ${gpu.name} · ${(gpu.mem_mib / 1024).toFixed(0)} GiB`);
  terminal.say(
    `  Python ${machine.python?.version ?? 'not found'} · set-up ${setUp.download > 0 ? `up to ${gb(setUp.download)} to download` : 'done'}`,
  );
  return Exit.done;
}
