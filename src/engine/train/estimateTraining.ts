import type { TrainingEstimate, TrainingSettings } from '../../contract/training.ts';
import { listJobs, readSpec, runDirectory } from '../jobs/index.ts';
import type { Machine } from '../jobs/ssh/index.ts';
import type { Project } from '../project/index.ts';
import { type MeasuredRun, paceOf } from './pace.ts';
import { datasetOf, type TrainingChoice } from './prepareTraining.ts';
import { type Probed, probeTarget } from './probeTarget.ts';
import { isHere, type ProjectBackend } from './projectBackend.ts';
import { findStudentWeights, type StudentWeights } from './studentWeights.ts';
import { findTarget } from './targetRegistry.ts';

type Note = TrainingEstimate['notes'][number];

/** Bytes a parameter takes while all weights are trained: fp32 master, gradient, two AdamW moments. */
const FULL_BYTES = 16;
/** LoRA: the frozen weights and little else; in bf16 on one GPU, in fp32 on a CPU and over several GPUs. */
const LORA_BYTES = 2.6;
const LORA_FP32_BYTES = 4.6;
/** A checkpoint: fp32 weights and two moments. */
const CHECKPOINT_BYTES = 12;
/** Room for activations with gradient checkpointing, as a share of what the parameters take. */
const ACTIVATIONS = 1.25;
/** PyTorch, TRL and what they import, measured as resident memory (torch 2.13, CPU). */
const LIBRARIES_BYTES = 0.8e9;

/**
 * What training will take on a target, before anything is sent: steps and tokens exactly (every token of the set,
 * times epochs), time and money as intervals with what they rest on, memory and disk against what is there.
 * A problem that would end the job is a `block` note. Asks the target once; places nothing there.
 * @throws JobProblem where there is no such data set or target
 */
export async function estimateTraining(
  project: Project,
  backend: ProjectBackend,
  { dataset, target, settings }: TrainingChoice,
  signal?: AbortSignal,
): Promise<TrainingEstimate> {
  const { train, toy } = await datasetOf(project, dataset);
  return estimateTokens(project, backend, { target, settings, tokens: train.tokens, toy }, signal);
}

/**
 * The same for a training set that is not there yet, by the tokens that it will have.
 * @throws JobProblem where there is no such target
 */
export async function estimateTokens(
  project: Project,
  backend: ProjectBackend,
  { target: id, settings, tokens: setTokens, toy }: Omit<TrainingChoice, 'dataset'> & { tokens: number; toy: boolean },
  signal?: AbortSignal,
): Promise<TrainingEstimate> {
  const { target } = await findTarget(id);
  const notes: Note[] = [];
  const probed = await probeTarget(backend, id, signal);
  if (probed.kind === 'failed') notes.push({ level: 'block', text: probed.message });
  const weights = await findStudentWeights(project, settings, target.kind === 'ssh');
  notes.push(...weightNotes(weights, project.config.student.model, target.kind === 'ssh'));
  const parameters = weights.kind === 'missing' ? null : weights.parameters;
  const { steps, tokens } = schedule(setTokens, settings);
  const machine = probed.kind === 'answered' ? withGpus(probed.machine, target.gpus) : undefined;
  const pace = machine
    ? paceOf(project.config.student.model, parameters, machine, await earlierRuns(project, backend, id))
    : null;
  const seconds: [number, number] | null = pace
    ? [tokens / pace.tokensPerSecond[1], tokens / pace.tokensPerSecond[0]]
    : null;
  const basis = pace?.basis ?? 'Time: nothing is known of the pace of this model on this target.';
  notes.push({ level: 'info', text: basis });
  const price = target.price_per_hour;
  const need = needs(parameters, settings, weights, machine?.gpus.length === 1);
  const memory = machine ? memoryThere(machine) : null;
  notes.push(...roomNotes(need, memory, machine?.disk ?? null, probed), ...settingNotes(settings, machine, toy));
  return {
    target: id,
    gpus: machine ? [...machine.gpus] : [],
    steps,
    tokens,
    seconds,
    basis,
    cost: price !== undefined && seconds ? [(seconds[0] / 3600) * price, (seconds[1] / 3600) * price] : null,
    memory_needed: need.memory,
    memory_there: memory,
    disk_needed: need.disk === null ? null : need.disk + (probed.kind === 'answered' ? probed.setUp.disk : 0),
    disk_there: machine?.disk ?? null,
    setup_bytes: probed.kind === 'answered' ? probed.setUp.download : null,
    notes,
  };
}

/** Blocks of `sequence_length` without loss of tokens (the last one short), `batch_sequences` of them a step. */
export function schedule(trainTokens: number, settings: TrainingSettings): { steps: number; tokens: number } {
  const blocks = Math.ceil(trainTokens / settings.sequence_length);
  const stepsPerEpoch = Math.max(1, Math.ceil(blocks / settings.batch_sequences));
  return {
    steps: Math.max(1, Math.ceil(stepsPerEpoch * settings.epochs)),
    tokens: Math.round(trainTokens * settings.epochs),
  };
}

function withGpus(machine: Machine, gpus: number | undefined): Machine {
  return gpus === undefined ? machine : { ...machine, gpus: machine.gpus.slice(0, gpus) };
}

function memoryThere(machine: Machine): number | null {
  const smallest = Math.min(...machine.gpus.map(({ mem_mib }) => mem_mib));
  return machine.gpus.length > 0 ? smallest * 1024 * 1024 * machine.gpus.length : machine.memory;
}

function needs(parameters: number | null, settings: TrainingSettings, weights: StudentWeights, oneGpu: boolean) {
  if (parameters === null) return { memory: null, disk: null };
  const lora = oneGpu && settings.precision !== 'fp32' ? LORA_BYTES : LORA_FP32_BYTES;
  const each = settings.update === 'full' ? FULL_BYTES : lora;
  const checkpoint = parameters * (settings.update === 'full' ? CHECKPOINT_BYTES : 0.5);
  const download = weights.kind === 'hub' ? parameters * 2 : parameters * 4;
  return {
    memory: parameters * each * ACTIVATIONS + LIBRARIES_BYTES,
    // One more than is kept: the newest is complete before the oldest goes.
    disk: checkpoint * (settings.keep_checkpoints + 1) + parameters * 4 + download,
  };
}

function weightNotes(weights: StudentWeights, model: string, remote: boolean): Note[] {
  switch (weights.kind) {
    case 'missing':
      return [{ level: 'block', text: weights.message }];
    case 'hub':
      return [
        {
          level: 'warn',
          text: `${model}@${weights.revision} is fetched from its hub by the target. A gated model needs your agreement to its licence there and a token for https://huggingface.co.`,
        },
      ];
    case 'there':
      return [{ level: 'warn', text: `Weights: ${weights.path} on the target; it is looked for when the job starts.` }];
    case 'builtin':
      return [{ level: 'info', text: `Weights: the built-in model is downloaded first (${mb(weights.bytes)} MB).` }];
    case 'here':
      return remote ? [{ level: 'info', text: `Weights: ${mb(weights.bytes)} MB are sent to the target, once.` }] : [];
  }
}

function roomNotes(
  need: { memory: number | null; disk: number | null },
  memory: number | null,
  disk: number | null,
  probed: Probed,
): Note[] {
  const notes: Note[] = [];
  if (need.memory !== null && memory !== null && need.memory > memory) {
    notes.push({
      level: 'warn',
      text: `Memory: about ${gb(need.memory)} GB are needed and ${gb(memory)} GB are there. Choose a target with more, or training.update: lora.`,
    });
  }
  const all = need.disk === null || probed.kind !== 'answered' ? null : need.disk + probed.setUp.disk;
  if (all !== null && disk !== null && all > disk) {
    notes.push({
      level: 'block',
      text: `Disk: ${gb(all)} GB are needed and ${gb(disk)} GB are free. Free some, or lower training.keep_checkpoints.`,
    });
  }
  if (probed.kind === 'answered' && probed.setUp.download > 0) {
    notes.push({
      level: 'info',
      text: `Set-up: the Python environment is made first (up to ${gb(probed.setUp.download)} GB to download, once).`,
    });
  }
  return notes;
}

function settingNotes(settings: TrainingSettings, machine: Machine | undefined, toy: boolean): Note[] {
  const notes: Note[] = [];
  if (settings.update === 'lora') {
    notes.push({
      level: 'warn',
      text: 'LoRA is an approximation outside the recipe: all weights are trained in the paper.',
    });
  }
  if (machine && machine.gpus.length === 0) {
    notes.push({ level: 'warn', text: 'No GPU: fit for the small model and a small budget.' });
  }
  if (toy)
    notes.push({
      level: 'info',
      text: 'Toy: samples of a very small model show that the machinery works, not that the method does.',
    });
  return notes;
}

/** Runs of this target that told their pace. */
async function earlierRuns(project: Project, backend: ProjectBackend, target: string): Promise<MeasuredRun[]> {
  const runs = (await listJobs(project.paths.runs, backend)).filter(
    ({ kind, metrics, target: where }) =>
      kind === 'train' &&
      metrics?.train_tokens_per_second !== undefined &&
      (isHere(where) ? 'local' : where) === target,
  );
  const found: MeasuredRun[] = [];
  for (const status of runs.slice(0, 20)) {
    const spec = await readSpec(runDirectory(project.paths.runs, status.run)).catch(() => undefined);
    if (spec?.kind === 'train') found.push({ status, model: spec.params.model });
  }
  return found;
}

const mb = (bytes: number): number => Math.round(bytes / 1e6);
const gb = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0);
