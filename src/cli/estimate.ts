import type { Estimate, Interval } from '../contract/estimate.ts';
import { estimateProject } from '../engine/generate/estimateProject.ts';
import type { Project } from '../engine/project/index.ts';
import { type Arguments, generateParams } from './arguments.ts';
import { dollars, duration, Exit, number, type Terminal } from './terminal.ts';

/** `estimate`: what generating would take, before anything is spent. */
export async function estimateVerb(terminal: Terminal, project: Project, values: Arguments['values']): Promise<Exit> {
  const estimate = await estimateProject(project, generateParams(values));
  terminal.record(estimate);
  if (!terminal.json) for (const line of estimateLines(estimate)) terminal.say(line);
  return Exit.done;
}

export function estimateLines(estimate: Estimate): string[] {
  const count = (interval: Interval) => range(interval, (value) => number.format(Math.round(value)));
  return [
    `${number.format(estimate.planned)} requests planned, ${number.format(estimate.answered)} answered already.`,
    `requests       ${count(estimate.requests)}`,
    ...estimate.by_method.map(({ method, requests }) => `  ${method.padEnd(16)} ${count(requests)}`),
    `input tokens   ${count(estimate.input_tokens)}`,
    `output tokens  ${count(estimate.output_tokens)}   at most ${number.format(Math.round(estimate.ceiling.output_tokens))}`,
    `money          ${estimate.cost ? range(estimate.cost, (value) => dollars(value)) : 'no price known'}${estimate.ceiling.cost === null ? '' : `   at most ${dollars(estimate.ceiling.cost)}`}`,
    `time           ${estimate.seconds ? range(estimate.seconds, duration) : 'not known yet'}`,
    ...estimate.destinations.map(
      ({ endpoint, origin, local, consented }) =>
        `goes to        ${endpoint} at ${origin}${local ? '' : consented ? ' (agreed to)' : ' (not agreed to yet)'}`,
    ),
    ...estimate.notes.map((note) => `note: ${note}`),
  ];
}

function range({ low, mid, high, basis }: Interval, format: (value: number) => string): string {
  const span = low === high ? format(mid) : `${format(mid)}  (${format(low)} – ${format(high)})`;
  return basis ? `${span}   [${basis}]` : span;
}
