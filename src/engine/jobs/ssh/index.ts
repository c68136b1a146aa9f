/**
 * Jobs on a host reached by the system's own `ssh`: files placed under hashes, one command started detached, a mirror
 * of the run directory kept byte for byte over any number of cut lines. Only what runs on the host knows the truth of
 * a run; this room carries it here. Nothing of a person's is ever on a command line.
 */
export { SshConnection, Unreachable } from './connection.ts';
export type { Machine } from './machine.ts';
export { readProbe } from './machine.ts';
export { type RemoteCommand, runRemoteCommand } from './remoteCommand.ts';
export { probeScript } from './scripts.ts';
export { SshBackend, type SshSettings } from './sshBackend.ts';
export type { SshTarget } from './workerRunSh.ts';
