import { createInterface } from 'node:readline/promises';
import type { GenerateParams } from '../contract/events.ts';
import { estimateProject } from '../engine/generate/estimateProject.ts';
import { describeGenerator } from '../engine/generate/generator.ts';
import { builtinState } from '../engine/llm/builtin/index.ts';
import { hasConsent, loadRegistry, recordConsent, registryFile } from '../engine/llm/index.ts';
import { busyWith, type OneAtATime, type Project } from '../engine/project/index.ts';
import type { Arguments } from './arguments.ts';
import { estimateLines } from './estimate.ts';
import { number, type Terminal, UsageError } from './terminal.ts';

/** @throws UsageError while another job of the project does it */
export async function refuseSecond(alone: OneAtATime, { paths }: Project): Promise<void> {
  const busy = await busyWith(alone, paths);
  if (!busy) return;
  const { run, message } = busy;
  throw new UsageError(`${message} "smt jobs show ${run}" shows it, "smt jobs stop ${run}" stops it.`);
}

/** Consent before documents first leave this machine, and before the built-in model is first downloaded. */
export async function agree(
  terminal: Terminal,
  project: Project,
  params: GenerateParams,
  values: Arguments['values'],
): Promise<void> {
  const { registry } = await loadRegistry();
  const generator = describeGenerator(project, registry);
  for (const { id, origin, local, known } of generator.endpoints) {
    if (!known)
      throw new UsageError(
        `Endpoint "${id}" of smt.yaml is not in your endpoints file (${registryFile()}, which has ${Object.keys(registry.endpoints).join(', ') || 'none'}). Add it there, or name another in generator.endpoints: one of those, or builtin.`,
      );
    if (local || origin === undefined || hasConsent(registry, origin)) continue;
    if (!(values['send-to'] ?? []).some((named) => sameOrigin(named, origin))) {
      const estimate = await estimateProject(project, params);
      for (const line of estimateLines(estimate)) terminal.say(line);
      const destination = estimate.destinations.find((each) => each.endpoint === id);
      const question = `Send ${number.format(destination?.documents ?? 0)} documents (about ${number.format(destination?.tokens ?? 0)} tokens of prompts) to ${origin}?`;
      if (!(await ask(question))) {
        throw new UsageError(`Nothing was sent. To agree without being asked: smt generate --send-to ${origin}`);
      }
    }
    await recordConsent(origin);
  }
  if (!generator.endpoints.some(({ id }) => id === 'builtin')) return;
  const state = await builtinState(registry.builtin?.gguf ? { gguf: registry.builtin.gguf } : {});
  if (state.installed) return;
  terminal.say(state.message);
  // Naming the built-in model in smt.yaml is the consent of a script; a person is asked.
  if (!values.yes && process.stdin.isTTY && !(await ask('Download now?')))
    throw new UsageError('Nothing was downloaded.');
}

export function sameOrigin(named: string, origin: string): boolean {
  try {
    return new URL(named).origin === origin;
  } catch {
    throw new UsageError(`--send-to "${named}" is not an origin like https://api.example.com`);
  }
}

export async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
