import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetManifest, DatasetName, MixParams, MixtureShortfall } from '../contract/dataset.ts';
import { createJob, type JobBackend } from '../engine/jobs/index.ts';
import { DATASETS_FILE, SHORTFALL_FILE } from '../engine/mix/index.ts';
import type { Project } from '../engine/project/index.ts';
import { type Arguments, list, wholeNumber } from './arguments.ts';
import { runHere } from './jobRun.ts';
import { Exit, number, type Terminal, UsageError } from './terminal.ts';

/** `mix NAME`: accepted samples to a training set, as a job of this project that runs here. */
export async function mixVerb(
  terminal: Terminal,
  project: Project,
  backend: JobBackend,
  name: string | undefined,
  values: Arguments['values'],
): Promise<Exit> {
  const params = mixParams(name, values);
  const { run, dir } = await createJob(project, { kind: 'mix', title: `Build training set ${params.name}`, params });
  if (values.detach) {
    await backend.start(dir, {});
    terminal.record({ run, dir });
    terminal.say(`Started run ${run}. "smt jobs" shows it, "smt jobs stop ${run}" stops it.`);
    return Exit.done;
  }
  const exit = await runHere(terminal, dir, backend);
  const shortfall = await record(join(dir, SHORTFALL_FILE));
  if (exit === Exit.usage && shortfall !== undefined) terminal.record({ shortfall: MixtureShortfall.parse(shortfall) });
  if (exit !== Exit.done) return exit;
  const names = DatasetName.array().parse(await record(join(dir, DATASETS_FILE)));
  for (const each of names) {
    const folder = join(project.paths.datasets, each);
    const manifest = DatasetManifest.parse(await record(join(folder, 'manifest.json')));
    terminal.record({ dataset: manifest });
    sayManifest(terminal, manifest);
    terminal.say(`  ${folder}`);
  }
  return exit;
}

/** Parts, shares and sizes of a training set. */
export function sayManifest(terminal: Terminal, manifest: DatasetManifest): void {
  const { train, held_out, parts, replay } = manifest;
  terminal.say();
  terminal.say(
    `${manifest.name}: ${number.format(train.tokens)} tokens in ${number.format(train.rows)} rows (median ${number.format(train.median)}, longest ${number.format(train.longest)}), ${number.format(held_out.rows)} rows held out`,
  );
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  terminal.table([
    ['  part', 'tokens', 'rows', 'asked', 'achieved', 'there are'],
    ...parts.map((part) => [
      `  ${part.label}`,
      number.format(part.tokens),
      number.format(part.rows),
      percent(part.asked),
      percent(part.achieved),
      number.format(part.available_tokens),
    ]),
    ...(replay
      ? [
          [
            '  replay (of all)',
            number.format(replay.tokens),
            number.format(replay.rows),
            percent(replay.asked),
            percent(replay.achieved),
            '',
          ],
        ]
      : []),
  ]);
}

function mixParams(name: string | undefined, values: Arguments['values']): MixParams {
  const named = DatasetName.safeParse(name);
  if (!named.success)
    throw new UsageError(`mix NAME: the training set's name, ${named.error.issues[0]?.message ?? 'in lower case'}`);
  const budgets = list(values.budgets).map((text) => tokens('--budgets', text));
  if (budgets.length > 0 && values.tokens !== undefined)
    throw new UsageError('--tokens and --budgets do not go together: --budgets makes one training set for each number');
  return MixParams.parse({
    name: named.data,
    ...(values.tokens === undefined ? {} : { tokens: tokens('--tokens', values.tokens) }),
    budgets,
    methods: list(values.method),
    ...(values.seed === undefined ? {} : { seed: wholeNumber('--seed', values.seed, 0) }),
  });
}

const SCALE: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** `200000`, `44k`, `1.5M`. */
function tokens(option: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text);
  const value = Math.round(Number(found?.[1]) * (SCALE[(found?.[2] ?? '').toLowerCase()] ?? 1));
  if (!found || !Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`${option} "${text}": a number of tokens, like 200000, 44k or 1.5M`);
  return value;
}

async function record(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
