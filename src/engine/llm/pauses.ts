import type { PauseCause } from '../../contract/events.ts';
import type { BudgetCap } from './budget.ts';
import type { Lane } from './lane.ts';
import type { RunEnd } from './types.ts';

export type Pause = RunEnd & { kind: 'paused' };

export function paused(cause: PauseCause, message: string, reasons: Pause['reasons'] = []): Pause {
  return { kind: 'paused', cause, message, reasons };
}

/** The pause when every endpoint needs a person, under the weightiest cause; undefined while one can go on. */
export function allStopped(lanes: readonly Lane[]): Pause | undefined {
  const stops = lanes.flatMap((lane) => (lane.health.kind === 'stopped' ? [lane.health] : []));
  if (stops.length < lanes.length) return undefined;
  const causes: PauseCause[] = ['quota', 'key', 'endpoint'];
  const cause = causes.find((one) => stops.some((stop) => stop.cause === one)) ?? 'endpoint';
  const reasons = stops.map((stop) => ({ reason: stop.reason, count: 1 }));
  return paused(cause, stops.map((stop) => stop.message).join('; '), reasons);
}

/** The pause when no endpoint has answered for longer than `patienceMs` while each was in trouble. */
export function allStalled(lanes: readonly Lane[], patienceMs: number, now: number): Pause | undefined {
  const going = lanes.filter((lane) => !lane.stopped);
  const troubles = going.map((lane) => lane.stalled(patienceMs, now));
  if (going.length === 0 || troubles.includes(undefined)) return undefined;
  const said = going.map((lane, index) => `${lane.endpoint.id} (${lane.endpoint.origin}): ${troubles[index]}`);
  return paused('endpoint', `No endpoint has answered for ${Math.round(patienceMs / 1000)} s. ${said.join('; ')}`);
}

export function outOfBudget(cap: BudgetCap): Pause {
  const parts = [
    ...(cap.tokens === undefined ? [] : [`${cap.tokens.toLocaleString('en')} tokens`]),
    ...(cap.cost === undefined ? [] : [`$${cap.cost}`]),
  ];
  const message = `The ${cap.name} budget of ${parts.join(' and ')} has no room for the next request. Raise it to go on.`;
  return paused('budget', message);
}
