// OpenSSH's own server for tests: the machine's, or Debian's package unpacked into the project's cache. Needs no root;
// as root it runs in a mount namespace of its own, so that nothing of the machine is changed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './repository.ts';

export interface SshServer {
  readonly program: string;
  /** Folder of shared libraries that the machine lacks. */
  readonly libraries: string | undefined;
}

const folder = join(repository, '.cache', 'openssh-server');
const PACKAGES = ['openssh-server', 'libwrap0'];

/** Where sshd is, or why there is none. */
export function findSshServer(): SshServer | { readonly missing: string } {
  if (process.platform === 'win32') return { missing: 'sshd: no POSIX machine' };
  for (const program of ['ssh', 'ssh-keygen', 'tar']) {
    if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
      return { missing: `sshd: ${program} is missing` };
  }
  if (process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status !== 0) {
    return { missing: 'sshd: as root a mount namespace is needed (unshare -m is refused)' };
  }
  for (const program of ['/usr/sbin/sshd', '/usr/local/sbin/sshd']) {
    if (existsSync(program)) return { program, libraries: undefined };
  }
  const program = join(folder, 'usr', 'sbin', 'sshd');
  if (!existsSync(program)) {
    const problem = unpackPackages();
    if (problem) return { missing: `sshd: ${problem}` };
  }
  const libraries = readdirSync(join(folder, 'usr', 'lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, 'usr', 'lib', entry.name, 'libwrap.so.0')))
    .map((entry) => join(folder, 'usr', 'lib', entry.name))[0];
  return { program, libraries };
}

function unpackPackages(): string | undefined {
  if (spawnSync('sh', ['-c', 'command -v apt-get && command -v dpkg']).status !== 0) {
    return 'not installed, and this is no Debian whose package could be unpacked';
  }
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const downloaded = spawnSync('apt-get', ['download', '-q', ...PACKAGES], { cwd: draft, encoding: 'utf8' });
    if (downloaded.status !== 0)
      return `the package cannot be downloaded: ${downloaded.stderr.trim().split('\n').at(-1)}`;
    for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
      const unpacked = spawnSync('dpkg', ['-x', file, '.'], { cwd: draft, encoding: 'utf8' });
      if (unpacked.status !== 0) return `${file} cannot be unpacked: ${unpacked.stderr.trim()}`;
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
