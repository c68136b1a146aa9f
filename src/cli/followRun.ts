import type { JobStatus } from '../contract/events.ts';
import { hasEnded, type JobBackend, jobStatus } from '../engine/jobs/index.ts';
import { runLine } from './progressLines.ts';
import { Exit, type Terminal } from './terminal.ts';

/** What Ctrl+C does to a job that runs by itself. */
export type Interrupt = 'stop' | 'leave';

/**
 * Shows a run that has a process of its own, here or on another machine, until it ends. The first Ctrl+C stops it
 * (or only leaves it), the second leaves in any case; closing the terminal changes nothing.
 */
export async function followRun(
  terminal: Terminal,
  backend: JobBackend,
  dir: string,
  interrupt: Interrupt,
): Promise<{ exit: Exit; status: JobStatus | undefined }> {
  const leave = new AbortController();
  let asked = 0;
  const onSignal = () => {
    asked += 1;
    if (asked > 1 || interrupt === 'leave') {
      leave.abort();
      return;
    }
    terminal.warn('Stopping at its next step, with a checkpoint. Once more to leave it to that.');
    backend
      .stop(dir, false)
      .catch((error: unknown) => terminal.warn(error instanceof Error ? error.message : String(error)));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  const show = async () => {
    const status = await jobStatus(dir, backend);
    if (status && !hasEnded(status)) terminal.progress(runLine(status));
  };
  try {
    await backend.follow(dir, leave.signal, {
      onChange: () => void show(),
      onReach: (reach) => {
        if (!reach.reachable) return;
        terminal.warn('The target answers again.');
      },
    });
  } finally {
    terminal.endProgress();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
  const status = await jobStatus(dir, backend);
  if (!status || !hasEnded(status)) {
    terminal.say(
      `Run ${status?.run ?? ''} goes on without this terminal. "smt jobs follow ${status?.run ?? ''}" shows it again.`,
    );
    return { exit: Exit.cancelled, status };
  }
  return { exit: exitOfState(status), status };
}

export function exitOfState({ state, exit_code }: JobStatus): Exit {
  switch (state) {
    case 'succeeded':
      return Exit.done;
    case 'paused':
      return Exit.paused;
    case 'cancelled':
      return Exit.cancelled;
    default:
      return exit_code === Exit.usage ? Exit.usage : Exit.failed;
  }
}
