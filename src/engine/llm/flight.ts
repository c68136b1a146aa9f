import type { Amount } from './budget.ts';
import type { Lane } from './lane.ts';
import type { Job } from './laneQueues.ts';
import type { SalvageQueue } from './salvage.ts';

/** One attempt that is under way at one endpoint. Times are `performance.now()` ms. */
export interface Flight {
  job: Job;
  lane: Lane;
  laneIndex: number;
  /** Admission epoch of the lane's controller. */
  epoch: number;
  salvaged: boolean;
  /** Asks a downed endpoint whether it is back. */
  probe: boolean;
  started: number;
  deadline: number;
  reserved: Amount;
  estimatedInput: number;
  breakOff: (why: 'timeout' | 'aborted') => void;
}

/** Admits a job to a lane: counts it in and says by when it must be answered. The caller sends it. */
export function admit(
  job: Job,
  lane: Lane,
  laneIndex: number,
  reserved: Amount,
  estimatedInput: number,
  now: number,
): Flight {
  const flight: Flight = {
    job,
    lane,
    laneIndex,
    epoch: lane.controller.admit(),
    salvaged: job.attempts > 0,
    probe: lane.health.kind === 'down',
    started: now,
    deadline: now + lane.endpoint.timeoutMs,
    reserved,
    estimatedInput,
    breakOff: () => {},
  };
  lane.inFlight++;
  if (flight.probe) lane.probing = true;
  if (flight.salvaged) lane.salvageInFlight++;
  return flight;
}

/** Takes an attempt out of its lane's counts; gives how many were in flight with it. */
export function land({ lane, salvaged, probe }: Flight): number {
  if (salvaged) lane.salvageInFlight--;
  if (probe) lane.probing = false;
  return lane.inFlight--;
}

export function breakOffLate(flights: Iterable<Flight>, now: number): void {
  for (const flight of [...flights]) if (now >= flight.deadline) flight.breakOff('timeout');
}

/** Ms until time alone changes what may be sent: a cooldown ends, patience runs out, a failed request is due. */
export function nextWake(
  lanes: readonly Lane[],
  salvage: SalvageQueue,
  patience: number,
  held: boolean,
  now: number,
): number {
  let next = Number.POSITIVE_INFINITY;
  for (const lane of lanes) next = Math.min(next, lane.wakeIn(now) ?? next, lane.stallsIn(patience, now) ?? next);
  if (!held && lanes.some((lane) => lane.room(now) > 0)) next = Math.min(next, salvage.dueIn(now) ?? next);
  return next;
}
